// What 5,000 Services cost: processes are counted, times only printed, for they are the machine's.
import t from 'tap'
import { IptablesPortalBinder } from '../../lib/portal/iptables-portal-binder.ts'
import type { BoundServicePort } from '../../lib/portal/portal-binder.ts'
import type { RunCommand } from '../../lib/portal/run-command.ts'
import { bound, servicePort } from '../fixtures/bound-service-ports.ts'
import { runVariant, usableVariants } from '../fixtures/iptables-variant.ts'
import { openNetwork } from '../fixtures/network.ts'

const count = 5000

/** Proxy ports as the kernel hands them out: anywhere in its range, no two alike. */
const servicePorts = Array.from({ length: count + 1 }, (_, i): BoundServicePort => {
  const clusterIP = `10.96.${Math.floor(i / 256)}.${i % 256}`
  const port = 1024 + ((i * 7919) % 28_999)
  return bound(servicePort(`bench/service-${i}:http`, { clusterIP }), { port })
})

const network = await openNetwork(t)
if (network) {
  for (const variant of await usableVariants(network.node)) {
    t.test(`${variant}: ${count} Services`, async (t) => {
      const run = runVariant(network.node, variant)
      let processes = 0
      const counting: RunCommand = (command, args, input) => {
        processes++
        return run(command, args, input)
      }
      const measure = async (what: string, most: number, action: () => Promise<void>) => {
        processes = 0
        const begin = performance.now()
        await action()
        const ms = Math.round(performance.now() - begin)
        t.comment(`${what}: ${ms} ms, ${processes} processes`)
        t.equal(processes <= most, true, `${what}: ${processes} processes, at most ${most}`)
        t.equal(ms < 60_000, true, `${what}: within a minute, on whatever machine`)
      }
      const binder = new IptablesPortalBinder({
        nodeAddresses: { IPv4: network.node.ipv4 },
        run: counting,
      })
      const all = servicePorts.slice(0, count)
      // As root all rules are one transaction. A user namespace has a small netlink buffer and needs three attempts.
      const most = process.getuid?.() === 0 ? 7 : 15
      await measure('from start to all rules', most, async () => {
        await binder.start()
        await binder.sync(all)
      })
      await measure('nothing to do', 1, () => binder.sync(all))
      await measure('one more', 1, () => binder.sync(servicePorts, { trusts: true }))
      await measure('one less', 1, () => binder.sync(all, { trusts: true }))
      await measure('one more, and a look at all', 2, () => binder.sync(servicePorts))
      await measure('one less, and a look at all', 2, () => binder.sync(all))
      await measure('all on other ports', 2, () => {
        return binder.sync(
          all.map((one, i) => ({ ...one, listeners: servicePorts[i + 1]?.listeners ?? [] })),
        )
      })
      await measure('removed', 2, () => binder.close())
    })
  }
}
