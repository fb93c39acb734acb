import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ManifestSource, MemorySource, plannedServicePorts } from '../../../../lib/index.ts'
import type { RenderMode } from '../../../../lib/lab/render/rendering.ts'
import { render } from '../../../../lib/lab/render/render.ts'
import { parseIptablesSave } from '../../../../lib/portal/iptables-save.ts'
import { comparable, goldenRules } from '../../../fixtures/golden-rules.ts'

async function servicePorts(name: string, nodeName = '') {
  const path = fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url))
  const source = new ManifestSource({ paths: [path] })
  const externalIPCIDRs = ['0.0.0.0/0', '::/0']
  return (await plannedServicePorts({ source, externalIPCIDRs, nodeName })).servicePorts
}

const nodeAddresses = ['192.168.77.1']

t.test('iptables: counts the rules, and those that ask the packets of each entry', async (t) => {
  const { families, entries } = render({
    mode: 'iptables',
    servicePorts: await servicePorts('golden/default-services.yaml'),
    clusterCIDRs: ['10.244.0.0/16'],
    nodeAddresses,
  })
  // As in iptables-mode.default-services.txt.
  t.match(families, [{ family: 'IPv4', counts: { rules: 68 }, dummyAddresses: [] }])
  t.same(
    entries.map(({ service, way, address, client, fate, isMasqueraded, ruleCount }) => {
      return [service, way, address, client, fate, isMasqueraded, ruleCount]
    }),
    [
      ['default/dns:u', 'cluster-ip', '10.96.10.53:53', 'pod', 'endpoint', false, 17],
      ['default/sticky:http', 'cluster-ip', '10.96.10.11:80', 'pod', 'endpoint', false, 22],
      ['default/web:half', 'cluster-ip', '10.96.10.10:90', 'pod', 'endpoint', false, 21],
      ['default/web:half', 'node-port', '192.168.77.1:30090', 'outside', 'endpoint', true, 25],
      ['default/web:http', 'cluster-ip', '10.96.10.10:80', 'pod', 'endpoint', false, 23],
      ['default/web:http', 'node-port', '192.168.77.1:30080', 'outside', 'endpoint', true, 27],
    ],
  )
})

t.test('each rule is told to who wants to know', async (t) => {
  const options = {
    mode: 'iptables',
    servicePorts: await servicePorts('golden/article.yaml'),
    nodeAddresses,
  } as const
  for (const withSteps of [undefined, false, true]) {
    const [entry] = render({ ...options, ...(withSteps !== undefined && { withSteps }) }).entries
    t.equal(entry?.steps.length, withSteps === true ? entry?.ruleCount : 0)
  }
})

t.test('iptables: of 1.23 if that is asked for', async (t) => {
  const { families } = render({
    mode: 'iptables',
    servicePorts: await servicePorts('golden/article.yaml'),
    clusterCIDRs: ['192.168.0.0/16'],
    nodeAddresses: [],
    release: '1.23',
  })
  t.match(families[0]?.text, /-A KUBE-SVC-WWRFY3PZ7W3FGMQW ! -s 192\.168\.0\.0\/16 /)
})

t.test('userspace: one rule for each Service before it, and the proxy at the end', async (t) => {
  const { families, entries } = render({
    mode: 'userspace',
    servicePorts: await servicePorts('golden/default-services.yaml'),
    nodeAddresses,
  })
  t.match(families[0]?.text, /^\*nat\n/)
  const [dns, sticky] = entries
  t.match(dns, { fate: 'proxy', destination: '192.168.77.1:40001' })
  t.equal((sticky?.ruleCount ?? 0) - (dns?.ruleCount ?? 0), 1)
})

t.test('userspace: without a node address it is one of this machine', async (t) => {
  const { entries } = render({
    mode: 'userspace',
    servicePorts: await servicePorts('golden/article.yaml'),
    nodeAddresses: [],
  })
  // Nobody knows where a node port would be dialled.
  t.match(entries, [{ way: 'cluster-ip', fate: 'proxy' }])
})

t.test('userspace: prints what kube-proxy wrote', async (t) => {
  const { families } = render({
    mode: 'userspace',
    servicePorts: await servicePorts('golden/services.yaml'),
    nodeAddresses,
  })
  const text = families.map(({ text }) => text).join('')
  t.strictSame(comparable(parseIptablesSave(text)), goldenRules('0.0.0.0'))
  const ports = new Set([...text.matchAll(/ --to-ports (\d+)/g)].map(([, port]) => Number(port)))
  t.same(
    [...ports].toSorted((a, b) => a - b),
    [...ports].map((_, i) => 40_001 + i),
    'each ServicePort has one of its own',
  )
})

t.test('ipvs: virtual servers, what kube-ipvs0 has, and one look-up', async (t) => {
  const { families, entries } = render({
    mode: 'ipvs',
    servicePorts: await servicePorts('golden/article.yaml'),
    nodeAddresses: ['172.17.0.1', '192.168.191.153'],
    scheduler: 'nq',
  })
  t.match(families, [
    {
      text: /\nTCP {2}10\.100\.49\.21:80 nq\n/,
      counts: { 'virtual servers': 3, 'real servers': 9 },
      dummyAddresses: ['10.100.49.21'],
    },
  ])
  t.match(entries, [
    { way: 'cluster-ip', ruleCount: 1, isMasqueraded: false },
    { way: 'node-port', address: '172.17.0.1:31195', isMasqueraded: true },
  ])
})

t.test('nftables: rules and elements, and the same endpoints as iptables mode', async (t) => {
  const options = {
    servicePorts: await servicePorts('golden/default-services.yaml'),
    clusterCIDRs: ['10.244.0.0/16'],
    nodeAddresses,
  }
  const { families, entries } = render({ mode: 'nftables', ...options })
  // 3 addresses in a set, one of the node, 4 entries by address and 2 by node port.
  t.match(families, [{ text: /^table ip kube-proxy /, counts: { elements: 3 + 1 + 4 + 2 } }])
  const ends = (mode: RenderMode) =>
    render({ mode, ...options }).entries.map(({ service, destination, isMasqueraded, fate }) => {
      return { service, destination, isMasqueraded, fate }
    })
  t.same(ends('nftables'), ends('iptables'))
  t.same(ends('nftables'), ends('ipvs'))
  t.equal(entries.length, 6)
})

t.test('the modes agree on who is served, and on whom the endpoint sees', async (t) => {
  const options = {
    servicePorts: await servicePorts('lab/every-way.yaml', 'node-a'),
    clusterCIDRs: ['10.244.0.0/16', 'fd00:10:244::/64'],
    nodeAddresses: [...nodeAddresses, 'fd00:77::1'],
  }
  const ends = (mode: RenderMode, release: '1.20' | '1.23' = '1.20') =>
    render({ mode, release, ...options }).entries.map((entry) => {
      const { service, family, address, fate, isMasqueraded } = entry
      return { service, family, address, fate, isMasqueraded }
    })
  const iptables = ends('iptables')
  t.equal(iptables.length, 2 * 4 * 4)
  t.same(ends('iptables', '1.23'), iptables)
  t.same(ends('nftables'), iptables)
  t.same(ends('ipvs'), iptables)
})

t.test('how many rules ask the packet to the last of n Services', async (t) => {
  const apiVersion = 'v1'
  const longest = async (mode: RenderMode, n: number) => {
    const objects = Array.from({ length: n }, (_, i) => [
      {
        apiVersion,
        kind: 'Service',
        metadata: { name: `web-${i}` },
        spec: { clusterIP: `10.96.1.${i}`, ports: [{ port: 80 }] },
      },
      {
        apiVersion,
        kind: 'Endpoints',
        metadata: { name: `web-${i}` },
        subsets: [
          {
            addresses: ['10.244.0.11', '10.244.0.12', '10.244.0.13'].map((ip) => ({ ip })),
            ports: [{ port: 8080 }],
          },
        ],
      },
    ])
    const { servicePorts } = await plannedServicePorts({ source: new MemorySource(objects.flat()) })
    const clusterCIDRs = ['10.244.0.0/16']
    const { entries } = render({ mode, servicePorts, clusterCIDRs, nodeAddresses })
    return Math.max(...entries.map(({ ruleCount }) => ruleCount))
  }
  for (const n of [1, 2, 40]) {
    t.same(
      {
        userspace: await longest('userspace', n),
        iptables: await longest('iptables', n),
        nftables: await longest('nftables', n),
        ipvs: await longest('ipvs', n),
      },
      // The reference says so of 5,000.
      { userspace: n + 3, iptables: 2 * n + 15, nftables: 14, ipvs: 1 },
    )
  }
})

t.test('every way into a Service is walked, in both families', async (t) => {
  const { families, entries } = render({
    mode: 'iptables',
    servicePorts: await servicePorts('golden/services.yaml'),
    nodeAddresses,
  })
  t.equal(families.length, 1)
  t.same(
    entries.map(({ service, way, fate }) => [service, way, fate]),
    [
      ['golden/clusterip:dns', 'cluster-ip', 'refused'],
      ['golden/clusterip:http', 'cluster-ip', 'refused'],
      ['golden/external-ips:http', 'cluster-ip', 'refused'],
      ['golden/external-ips:http', 'external-ip', 'refused'],
      ['golden/external-ips:http', 'external-ip', 'refused'],
      ['golden/loadbalancer:http', 'cluster-ip', 'refused'],
      ['golden/loadbalancer:http', 'load-balancer-ip', 'refused'],
      ['golden/loadbalancer:http', 'node-port', 'refused'],
      ['golden/nodeport:dns', 'cluster-ip', 'refused'],
      ['golden/nodeport:dns', 'node-port', 'refused'],
      ['golden/nodeport:http', 'cluster-ip', 'refused'],
      ['golden/nodeport:http', 'node-port', 'refused'],
      ['golden/unnamed-port', 'cluster-ip', 'refused'],
    ],
  )
  const dual = render({
    mode: 'userspace',
    servicePorts: await servicePorts('manifests/dual-stack.yaml'),
    nodeAddresses: [...nodeAddresses, 'fd00:77::1'],
  })
  t.match(dual.families, [{ family: 'IPv4' }, { family: 'IPv6' }])
  t.match(dual.families[1]?.text, '--to-destination [fd00:77::1]:40001')
})

t.test('a client comes from where it is let in', async (t) => {
  const object = (kind: string, fields: object) => ({ apiVersion: 'v1', kind, ...fields })
  const { servicePorts } = await plannedServicePorts({
    source: new MemorySource([
      object('Service', {
        metadata: { name: 'web' },
        spec: {
          type: 'LoadBalancer',
          ports: [{ port: 80 }],
          loadBalancerSourceRanges: ['198.51.100.0/24'],
        },
        status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } },
      }),
      object('Endpoints', {
        metadata: { name: 'web' },
        subsets: [{ addresses: [{ ip: '10.244.0.11' }], ports: [{ port: 8080 }] }],
      }),
    ]),
  })
  const { entries, assigned } = render({ mode: 'iptables', servicePorts, nodeAddresses })
  t.match(entries, [{ way: 'cluster-ip' }, { way: 'load-balancer-ip', fate: 'endpoint' }])
  t.same(assigned, [{ service: 'default/web', clusterIP: '10.96.0.10' }])
})
