// The guard in a real kernel: a proxy port serves who was redirected to it, and refuses everybody else.
import t from 'tap'
import { IptablesPortalBinder } from '../../lib/portal/iptables-portal-binder.ts'
import type { BoundServicePort } from '../../lib/portal/portal-binder.ts'
import { bound, servicePort } from '../fixtures/bound-service-ports.ts'
import { runVariant, usableVariants } from '../fixtures/iptables-variant.ts'
import type { Host } from '../fixtures/network.ts'
import { openNetwork } from '../fixtures/network.ts'
import { probe, startServer } from '../fixtures/probe.ts'

const proxyPorts = { wildcard: 40_001, node: 40_002 }
const nodePort = 30_080
const addresses = {
  IPv4: {
    clusterIP: '10.96.0.1',
    localhost: '127.0.0.1',
    wildcard: '0.0.0.0',
    node: '192.168.77.1',
  },
  IPv6: { clusterIP: 'fd00:10:96::1', localhost: '::1', wildcard: '::', node: 'fd00:77::1' },
} as const

type Check = readonly [address: string, port: number, answer: string]

/** One Service in both families and protocols, its proxy ports on the node's own addresses or on all. */
function servicePorts(bind: 'node' | 'wildcard'): BoundServicePort[] {
  return (['IPv4', 'IPv6'] as const).flatMap((family) =>
    (['TCP', 'UDP'] as const).map((protocol) => {
      const { clusterIP, [bind]: address } = addresses[family]
      const one = servicePort('shop/web', { family, protocol, clusterIP, nodePort })
      return bound(one, { port: proxyPorts[bind], address })
    }),
  )
}

const network = await openNetwork(t)
if (network) {
  const { node, pods, client, outside } = network
  const hosts: readonly Host[] = [node, pods[0], client, outside]
  for (const { wildcard, node: address } of Object.values(addresses)) {
    await startServer(node, wildcard, proxyPorts.wildcard)
    await startServer(node, address, proxyPorts.node)
    await startServer(node, wildcard, nodePort)
  }
  await startServer(node, '0.0.0.0', 2222)

  for (const variant of await usableVariants(node)) {
    for (const bind of ['wildcard', 'node'] as const) {
      t.test(`${variant}, proxy ports on ${bind}`, async (t) => {
        const run = runVariant(node, variant)
        const nodeAddresses = { IPv4: addresses.IPv4.node, IPv6: addresses.IPv6.node }
        const binder = new IptablesPortalBinder({ nodeAddresses, run })
        await binder.sync(servicePorts(bind))
        t.teardown(() => binder.close())
        const proxyPort = proxyPorts[bind]

        for (const [family, { clusterIP, localhost, node: nodeIP }] of Object.entries(addresses)) {
          for (const protocol of ['TCP', 'UDP'] as const) {
            t.test(`${protocol} over ${family}`, async (t) => {
              const check = async (host: Host, [address, port, answer]: Check) => {
                const said = await probe(host, protocol, [address, port])
                t.equal(
                  said.split(' ').at(-1),
                  answer,
                  `${host.name} at ${address}:${port}: ${answer}`,
                )
              }
              await Promise.all(
                hosts.flatMap((host) => [
                  check(host, [clusterIP, 80, String(proxyPort)]),
                  check(host, [nodeIP, nodePort, String(proxyPort)]),
                  check(host, [nodeIP, proxyPort, 'ECONNREFUSED']),
                ]),
              )
              await check(node, [localhost, nodePort, String(nodePort)])
              await check(node, [localhost, proxyPort, 'ECONNREFUSED'])
            })
          }
        }

        t.test('other ports are none of its business', async (t) => {
          t.equal(await probe(outside, 'TCP', [node.ipv4, 2222]), `${outside.ipv4} 2222`)
        })
      })
    }
  }

  t.test(
    'without rules the proxy port answers everybody: it is the guard that refuses',
    async (t) => {
      const answer = await probe(outside, 'TCP', [node.ipv4, proxyPorts.wildcard])
      t.equal(answer, `${outside.ipv4} ${proxyPorts.wildcard}`)
    },
  )
}
