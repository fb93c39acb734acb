// What the kernel makes of our rules: every test here reads back what it holds, in both variants of iptables.
import t from 'tap'
import type { EntryPolicies } from '../../lib/model/entry.ts'
import { cleanUpIptables } from '../../lib/portal/iptables-cleanup.ts'
import { IptablesPortalBinder } from '../../lib/portal/iptables-portal-binder.ts'
import { parseIptablesSave } from '../../lib/portal/iptables-save.ts'
import type { RunCommand } from '../../lib/portal/run-command.ts'
import {
  bound,
  boundEntries,
  everyWay,
  goldenBound,
  goldenNode,
  listenAddresses,
  servicePort,
  threeEntries,
} from '../fixtures/bound-service-ports.ts'
import { comparable, goldenRules } from '../fixtures/golden-rules.ts'
import { runVariant, usableVariants } from '../fixtures/iptables-variant.ts'
import { openNetwork } from '../fixtures/network.ts'

const network = await openNetwork(t)
if (network) {
  const variants = await usableVariants(network.node)
  t.not(variants.length, 0, 'iptables is here and works')

  for (const variant of variants) {
    t.test(variant, async (t) => {
      const run = runVariant(network.node, variant)
      const calls: string[] = []
      const counting: RunCommand = (command, args, input) => {
        calls.push(command)
        return run(command, args, input)
      }
      const newBinder = (bindAddress: string) =>
        new IptablesPortalBinder({
          bindAddress,
          nodeAddresses: { IPv4: goldenNode.nodeAddress, IPv6: 'fd00:77::1' },
          externalIPCIDRs: goldenNode.externalIPCIDRs,
          run: counting,
        })
      const text = async (tool: string) => (await run(`${tool}-save`, [])).stdout
      const read = async (tool: string) => parseIptablesSave(await text(tool))
      const foreignRules = (text: string) =>
        text.split('\n').filter((line) => /^-A .*FOREIGN|^:FOREIGN/.test(line))
      const restore = (tool: string, text: string) => run(`${tool}-restore`, ['--noflush'], text)

      const foreign =
        '*nat\n:FOREIGN - [0:0]\n-A FOREIGN -s 10.0.0.0/8 -j RETURN\n-A PREROUTING -j FOREIGN\nCOMMIT\n'
      t.match(await restore('iptables', foreign), { exitCode: 0 })

      const ipv6 = bound(
        servicePort('golden/six:http', {
          family: 'IPv6',
          clusterIP: 'fd00:10:96::1',
          nodePort: 30_180,
          externalIPs: ['2001:db8::7'],
          loadBalancerIngress: [{ ip: '2001:db8::9', ipMode: 'VIP' }],
        }),
        { port: 40_100 },
      )

      for (const bindAddress of ['0.0.0.0', '192.168.77.1'] as const) {
        t.test(
          `bound to ${bindAddress}, the kernel holds what kube-proxy wrote, and our guard`,
          async (t) => {
            const binder = newBinder(bindAddress)
            await binder.start()
            await binder.sync([...goldenBound(bindAddress), ipv6])
            const present = await read('iptables')
            const rules = comparable(present)
            const prerouting = rules['nat PREROUTING']?.filter((rule) => !rule.includes('FOREIGN'))
            t.strictSame({ ...rules, 'nat PREROUTING': prerouting }, goldenRules(bindAddress))
            t.match(present.filter.get('INPUT')?.[0], 'USERSPACE-PROXY-GUARD')
            t.equal(present.filter.get('USERSPACE-PROXY-GUARD')?.length, 2)

            calls.length = 0
            await binder.sync([...goldenBound(bindAddress), ipv6])
            t.strictSame(calls, ['iptables-save', 'ip6tables-save'], 'an idle sync writes nothing')
          },
        )
      }

      t.test(
        'what is flushed, deleted or moved by others is mended by the next sync',
        async (t) => {
          const binder = newBinder('192.168.77.1')
          const all = [...goldenBound('192.168.77.1'), ipv6]
          await binder.sync(all)
          const before = comparable(await read('iptables'))
          const externalRules = async () => {
            const { nat } = await read('iptables')
            const chains = ['USERSPACE-PROXY-EXTERNAL', 'USERSPACE-PROXY-EXT-HOST']
            return chains.map((chain) => nat.get(chain)?.toSorted())
          }
          const external = await externalRules()
          t.match(external, { 0: { length: 2 }, 1: { length: 2 } })
          const changes = [
            '*nat\n-F PREROUTING\n-A PREROUTING -j FOREIGN\nCOMMIT\n',
            '*nat\n-F KUBE-PORTALS-CONTAINER\nCOMMIT\n',
            '*nat\n-F OUTPUT\n-F KUBE-PORTALS-HOST\n-X KUBE-PORTALS-HOST\nCOMMIT\n',
            '*nat\n-D PREROUTING -j FOREIGN\n-I PREROUTING 1 -j FOREIGN\nCOMMIT\n',
            '*nat\n-F OUTPUT\n-F USERSPACE-PROXY-EXT-HOST\n-X USERSPACE-PROXY-EXT-HOST\nCOMMIT\n',
            '*nat\n-F USERSPACE-PROXY-EXTERNAL\nCOMMIT\n',
            '*filter\n-I INPUT 1 -j ACCEPT\n-F USERSPACE-PROXY-GUARD\nCOMMIT\n',
            '*filter\n-D INPUT -j ACCEPT\nCOMMIT\n',
          ]
          for (const change of changes) {
            t.match(await restore('iptables', change), { exitCode: 0 })
            await binder.sync(all)
            const after = comparable(await read('iptables'))
            for (const [chain, rules] of Object.entries(before)) {
              const ours = (rules: readonly string[] = []) =>
                rules.filter((rule) => rule.includes('KUBE'))
              t.strictSame(
                ours(after[chain]),
                ours(rules),
                `${chain} after ${JSON.stringify(change)}`,
              )
            }
            t.strictSame(await externalRules(), external)
            const hook = (await read('iptables')).nat.get('PREROUTING')
            t.match(hook?.[0], 'KUBE-PORTALS-CONTAINER')
          }
        },
      )

      t.test('a process that starts again has nothing to write', async (t) => {
        const binder = newBinder('192.168.77.1')
        await binder.start()
        const servicePorts = goldenBound('192.168.77.1').map(({ servicePort }) => servicePort)
        const ports = servicePorts.map((one) => listenAddresses(binder, one)[0]?.ports[0])
        t.strictSame(
          ports,
          goldenBound().map(({ listeners }) => listeners[0]?.port),
        )
        calls.length = 0
        await binder.sync([...goldenBound('192.168.77.1'), ipv6])
        t.strictSame(calls, ['iptables-save', 'ip6tables-save'])
      })

      t.test('close removes what is ours', async (t) => {
        const binder = newBinder('192.168.77.1')
        await binder.start()
        await binder.close()
        t.notMatch((await text('iptables')) + (await text('ip6tables')), /KUBE|USERSPACE/)
        t.strictSame(foreignRules(await text('iptables')), [
          ':FOREIGN - [0:0]',
          '-A PREROUTING -j FOREIGN',
          '-A FOREIGN -s 10.0.0.0/8 -j RETURN',
        ])
      })

      t.test(
        'cleanup removes what a killed process left, twice without error, and nothing else',
        async (t) => {
          await newBinder('0.0.0.0').sync([...goldenBound(), ipv6])
          const cleaned = await cleanUpIptables({ run })
          t.strictSame(cleaned, ['iptables', 'ip6tables'])
          t.strictSame(await cleanUpIptables({ run }), [])
          t.notMatch((await text('iptables')) + (await text('ip6tables')), /KUBE|USERSPACE/)
          t.equal(foreignRules(await text('iptables')).length, 3)
        },
      )

      t.test(
        'entries are read back as they were written, and joined again without a trace',
        async (t) => {
          const all = (policies: Partial<EntryPolicies>) => [
            ...boundEntries(everyWay('shop/web:http', { policies }), 40_001),
            ...boundEntries(everyWay('shop/web:dns', { policies, protocol: 'UDP' }), 40_011),
          ]
          const rules = async () => (await text('iptables')).match(/^-A .*$/gm)?.sort()
          const binder = newBinder('0.0.0.0')
          await binder.sync(all({}))
          const joined = await rules()
          await binder.sync(all(threeEntries))
          calls.length = 0
          await binder.sync(all(threeEntries))
          t.strictSame(calls, ['iptables-save'], 'an idle sync writes nothing')

          const next = newBinder('0.0.0.0')
          await next.start()
          for (const { servicePort, entry, listeners } of all(threeEntries)) {
            const [proxyPort] = next.listenAddresses(servicePort, entry)
            t.equal(proxyPort?.ports[0], listeners[0]?.port, `${servicePort.key} ${entry.name}`)
          }
          calls.length = 0
          await next.sync(all(threeEntries))
          t.strictSame(calls, ['iptables-save'], 'neither does a process that starts again')

          await next.sync(all({}))
          t.strictSame(await rules(), joined)
          await next.close()
        },
      )

      t.test('the longest name that the API allows is written and read back', async (t) => {
        const label = `a${'-'.repeat(61)}z`
        const binder = newBinder('0.0.0.0')
        const long = bound(servicePort(`${label}/${label}:${label}`, { clusterIP: '10.96.0.1' }), {
          port: 40_001,
        })
        await binder.sync([long])
        calls.length = 0
        await binder.sync([long])
        t.strictSame(calls, ['iptables-save'])
        await binder.close()
      })
    })
  }
}
