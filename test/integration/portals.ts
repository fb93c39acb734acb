// The daemon on a node of its own, and clients everywhere: every portal, both families, both protocols, both modes.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { script as binaryPath } from '../fixtures/binary.ts'
import { installedRules, startDaemon } from '../fixtures/daemon.ts'
import type { Host, Network } from '../fixtures/network.ts'
import { openNetwork } from '../fixtures/network.ts'
import { probe, startServer } from '../fixtures/probe.ts'

const nodePort = 30_080
const vips = {
  IPv4: {
    cluster: '10.96.0.10',
    external: '198.51.100.7',
    loadBalancer: '203.0.113.9',
    localhost: '127.0.0.1',
  },
  IPv6: {
    cluster: 'fd00:10:96::10',
    external: '2001:db8:7::7',
    loadBalancer: '2001:db8:9::9',
    localhost: '::1',
  },
} as const
const families = ['IPv4', 'IPv6'] as const
const protocols = ['TCP', 'UDP'] as const

type Family = (typeof families)[number]

function addressOf(host: Host, family: Family): string {
  return family === 'IPv4' ? host.ipv4 : host.ipv6
}

/** Pod n serves on port 8080 + n, so that an answer tells which pod it comes from. */
function manifest(
  { pods, node }: Network,
  externalIPs: readonly string[],
  which: readonly number[] = [1, 2, 3],
): string {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      type: 'LoadBalancer',
      clusterIP: vips.IPv4.cluster,
      clusterIPs: [vips.IPv4.cluster, vips.IPv6.cluster],
      ipFamilies: ['IPv4', 'IPv6'],
      externalIPs: [...externalIPs, node.ipv4, node.ipv6],
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, nodePort },
        { name: 'dns', protocol: 'UDP', port: 80, nodePort },
      ],
    },
    status: {
      loadBalancer: { ingress: [{ ip: vips.IPv4.loadBalancer }, { ip: vips.IPv6.loadBalancer }] },
    },
  }
  const slices = families.flatMap((addressType) =>
    which.map((n) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `web-${addressType.toLowerCase()}-${n}`,
        namespace: 'shop',
        labels: { 'kubernetes.io/service-name': 'web' },
      },
      addressType,
      ports: [
        { name: 'http', protocol: 'TCP', port: 8080 + n },
        { name: 'dns', protocol: 'UDP', port: 8080 + n },
      ],
      endpoints: [{ addresses: [addressOf(pods[n - 1] as Host, addressType)] }],
    })),
  )
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [service, ...slices] })
}

const isServed = /^\S+ 808[123]$/

const network = await openNetwork(t)
if (network) {
  const { node, pods, client, outside } = network
  for (const [index, pod] of pods.entries()) {
    await startServer(pod, pod.ipv4, 8081 + index)
    await startServer(pod, pod.ipv6, 8081 + index)
  }
  const modes = [
    {
      mode: 'iptables',
      flags: [
        '--portals',
        'iptables',
        '--bind-address',
        '0.0.0.0',
        '--external-ip-cidrs',
        '198.51.100.0/24,2001:db8:7::/48,192.168.77.0/24,fd00:77::/64',
      ],
      reach: ['cluster', 'external', 'loadBalancer'] as const,
    },
    {
      mode: 'anyip',
      flags: [
        '--portals',
        'anyip',
        '--service-cidr',
        '10.96.0.0/16,fd00:10:96::/112',
        '--external-ip-cidrs',
        '198.51.100.0/24,2001:db8:7::/48,192.168.77.0/24,fd00:77::/64',
      ],
      reach: ['cluster', 'external'] as const,
    },
  ]
  await node.run('sysctl', ['-qw', 'net.ipv6.ip_nonlocal_bind=1'])

  for (const { mode, flags, reach } of modes) {
    t.test(mode, async (t) => {
      const text = manifest(network, [vips.IPv4.external, vips.IPv6.external])
      const daemon = await startDaemon(t, node, { text, flags })

      for (const family of families) {
        for (const protocol of protocols) {
          t.test(
            `${protocol} over ${family}, from a pod, through hairpin, from the node and from outside`,
            async (t) => {
              for (const from of [client, pods[0], node, outside]) {
                const targets = [
                  ...reach.map((name) => [vips[family][name], 80] as const),
                  [addressOf(node, family), 80] as const, // an external IP that is the node's own
                  [addressOf(node, family), nodePort] as const,
                  ...(from === node ? [[vips[family].localhost, nodePort] as const] : []),
                ]
                await Promise.all(
                  targets.map(async (target) => {
                    t.match(
                      await probe(from, protocol, target),
                      isServed,
                      `${from.name} to ${target.join(' port ')}`,
                    )
                  }),
                )
              }
            },
          )
        }
      }

      t.test('what is no portal is not answered by us', async (t) => {
        const unserved =
          mode === 'anyip' ? /^ECONNREFUSED$/ : /^E(TIMEDOUT|HOSTUNREACH|NETUNREACH|CONNREFUSED)$/
        t.match(await probe(client, 'TCP', [vips.IPv4.cluster, 81]), unserved)
        for (const status of await daemon.services()) {
          if ('notProxied' in status || status.protocol !== 'TCP') continue
          const proxyPort = status.listeners.find(({ role }) => role === 'proxy-port')?.port
          if (proxyPort === undefined) continue
          for (const from of [client, outside]) {
            const answer = await probe(from, 'TCP', [addressOf(node, status.family), proxyPort])
            t.equal(answer, 'ECONNREFUSED', `${from.name} at the proxy port itself`)
          }
        }
      })

      t.test('endpoints change under traffic, and no request fails', async (t) => {
        const before = await installedRules(node)
        const script = `
          const [host, port] = process.argv.slice(1)
          let failed = 0, served = 0
          const until = Date.now() + 3000
          const next = () => {
            if (Date.now() > until) return
            const socket = require('net').connect({ host, port })
            let answer = ''
            socket.on('data', (chunk) => (answer += chunk)).on('error', () => {})
            socket.on('close', () => { answer ? served++ : failed++; setTimeout(next, 2) })
          }
          for (let i = 0; i < 8; i++) next()
          process.on('exit', () => console.log(JSON.stringify({ failed, served })))`
        const traffic = client.run(process.execPath, ['-e', script, vips.IPv4.cluster, '80'])
        for (let change = 0; change < 12; change++) {
          daemon.write(
            manifest(
              network,
              [vips.IPv4.external, vips.IPv6.external],
              change % 2 ? [1, 2, 3] : [2],
            ),
          )
          await delay(200)
        }
        const { failed, served } = JSON.parse((await traffic).stdout) as {
          failed: number
          served: number
        }
        t.comment(`${served} served`)
        t.equal(failed, 0)
        t.ok(served > 100)
        t.equal(await installedRules(node), before, 'and no rule was touched')
      })

      t.test('SIGTERM leaves nothing', async (t) => {
        t.equal(await daemon.stop(), 0)
        t.notMatch(await installedRules(node), /KUBE-|USERSPACE-PROXY/)
        for (const family of ['-4', '-6']) {
          const { stdout } = await node.run('ip', [family, 'route', 'show', 'table', 'local'])
          t.notMatch(stdout, /10[.:]96|198\.51\.100|2001:db8/)
        }
      })
    })
  }

  t.test('kill -9 and start again: the rules are never away, and are taken over', async (t) => {
    const flags = modes[0]?.flags ?? []
    const text = manifest(network, [])
    const first = await startDaemon(t, node, { text, flags })
    const before = await installedRules(node)
    await first.stop('SIGKILL')
    t.equal(await installedRules(node), before)
    const second = await startDaemon(t, node, {
      text,
      flags: [...flags, '--keep-portals'],
      path: first.path,
    })
    t.equal(await installedRules(node), before, 'the same ports are bound again')
    t.match(await probe(client, 'TCP', [vips.IPv4.cluster, 80]), isServed)

    t.test('a foreign flush is mended within one sync period', async (t) => {
      await second.stop()
      t.equal(await installedRules(node), before, '--keep-portals left them')
      const third = await startDaemon(t, node, {
        text,
        flags: [...flags, '--iptables-sync-period', '1s'],
        path: first.path,
      })
      await node.run('iptables', ['-t', 'nat', '-F'])
      for (
        let i = 0;
        i < 100 && !isServed.test(await probe(client, 'TCP', [vips.IPv4.cluster, 80]));
        i++
      )
        await delay(100)
      t.match(await probe(client, 'TCP', [vips.IPv4.cluster, 80]), isServed)
      await third.stop('SIGKILL')
    })

    t.test('cleanup removes what is left, and only that; twice is fine', async (t) => {
      await node.run('iptables', ['-A', 'INPUT', '-p', 'tcp', '--dport', '9', '-j', 'DROP'])
      for (let i = 0; i < 2; i++) {
        const { exitCode, stderr } = await node.run(process.execPath, [binaryPath, 'cleanup'])
        t.equal(exitCode, 0, stderr)
      }
      const rules = await installedRules(node)
      t.notMatch(rules, /KUBE-|USERSPACE-PROXY/)
      t.match(rules, /--dport 9 -j DROP/)
    })
  })
}
