import t from 'tap'
import type { NftTable } from '../../../../../lib/lab/render/nftables/nft-table.ts'
import type { NftablesModeOptions } from '../../../../../lib/lab/render/nftables/nftables-mode.ts'
import { nftablesMode } from '../../../../../lib/lab/render/nftables/nftables-mode.ts'
import type { ServiceObject } from '../../../../fixtures/kernel-services.ts'
import { kernelServicesOf } from '../../../../fixtures/kernel-services.ts'

const clusterCIDR = '10.244.0.0/16'
const three = ['10.244.0.11', '10.244.0.12', '10.244.0.13']
const balanced = {
  type: 'LoadBalancer',
  clusterIP: '10.96.0.1',
  externalIPs: ['198.51.100.7'],
  ports: [{ port: 80, nodePort: 30_080 }],
}
const status = { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } }

async function tableOf(
  object: ServiceObject,
  { nodeName = '', ...options }: Partial<NftablesModeOptions> & { nodeName?: string } = {},
): Promise<NftTable> {
  const services = await kernelServicesOf([object], { nodeName })
  return nftablesMode(services, { family: 'IPv4', ...options })
}

/** Without the hash and the name of the Service, of which there is one. */
const short = (text: string): string =>
  text.replaceAll(/-[A-Z2-7]{8}-default\/web\/tcp\/(?:__)?/g, '-').replaceAll(/-(?= |$)/g, '')

function chains({ chains }: NftTable): Record<string, string[]> {
  const own = [...chains].filter(([name]) => name.includes('/'))
  return Object.fromEntries(
    own.map(([name, { rules }]) => [short(name), rules.map(({ text }) => short(text))]),
  )
}

function elements({ containers }: NftTable): Record<string, string[]> {
  const filled = [...containers].filter(([, { elements }]) => elements.size > 0)
  return Object.fromEntries(
    filled.map(([name, { elements }]) => [
      name,
      [...elements].map(([key, { value }]) => short(value === undefined ? key : `${key} ${value}`)),
    ]),
  )
}

t.test('a Service with every way in', async (t) => {
  const object = { spec: balanced, status, endpoints: three.slice(0, 2) }
  const table = await tableOf(object, { clusterCIDR, nodeAddress: '192.168.77.1' })
  t.same(elements(table), {
    'cluster-ips': ['10.96.0.1'],
    'nodeport-ips': ['192.168.77.1'],
    'service-ips': [
      '10.96.0.1 . tcp . 80 goto service',
      '198.51.100.7 . tcp . 80 goto external',
      '203.0.113.9 . tcp . 80 goto external',
    ],
    'service-nodeports': ['tcp . 30080 goto external'],
  })
  t.same(chains(table), {
    'endpoint-10.244.0.11/8080': [
      'ip saddr 10.244.0.11 jump mark-for-masquerade',
      'meta l4proto tcp dnat to 10.244.0.11:8080',
    ],
    'endpoint-10.244.0.12/8080': [
      'ip saddr 10.244.0.12 jump mark-for-masquerade',
      'meta l4proto tcp dnat to 10.244.0.12:8080',
    ],
    service: [
      'ip daddr 10.96.0.1 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade',
      'numgen random mod 2 vmap { 0 : goto endpoint-10.244.0.11/8080, 1 : goto endpoint-10.244.0.12/8080 }',
    ],
    external: ['jump mark-for-masquerade', 'goto service'],
  })
})

t.test('affinity: a set for each endpoint, which is asked first', async (t) => {
  const spec = { clusterIP: '10.96.0.1', ports: [{ port: 80 }], sessionAffinity: 'ClientIP' }
  const table = await tableOf({ spec, endpoints: ['10.244.0.11'] })
  t.same(chains(table), {
    'endpoint-10.244.0.11/8080': [
      'ip saddr 10.244.0.11 jump mark-for-masquerade',
      'update @affinity-10.244.0.11/8080 { ip saddr }',
      'meta l4proto tcp dnat to 10.244.0.11:8080',
    ],
    service: [
      'ip saddr @affinity-10.244.0.11/8080 goto endpoint-10.244.0.11/8080',
      'numgen random mod 1 vmap { 0 : goto endpoint-10.244.0.11/8080 }',
    ],
  })
  t.match(String(table), '\t\ttype ipv4_addr\n\t\tflags dynamic,timeout\n\t\ttimeout 10800s\n')
})

t.test('external policy Local: pods and the node go on as within', async (t) => {
  const spec = { ...balanced, externalTrafficPolicy: 'Local' }
  const object = { spec, status, endpoints: three }
  const here = await tableOf(object, { clusterCIDR, nodeName: 'node-b' })
  t.same(chains(here)['external'], [
    'ip saddr 10.244.0.0/16 goto service',
    'fib saddr type local jump mark-for-masquerade',
    'fib saddr type local goto service',
    'goto local',
  ])
  t.same(chains(here)['local'], ['numgen random mod 1 vmap { 0 : goto endpoint-10.244.0.12/8080 }'])
  const elsewhere = await tableOf(object, { nodeName: 'node-z' })
  t.same(chains(elsewhere)['external'], [
    'fib saddr type local jump mark-for-masquerade',
    'fib saddr type local goto service',
  ])
  t.match(elements(elsewhere), {
    'service-ips': { length: 3 },
    'no-endpoint-services': ['198.51.100.7 . tcp . 80 drop', '203.0.113.9 . tcp . 80 drop'],
    'no-endpoint-nodeports': ['tcp . 30080 drop'],
  })
})

t.test('internal policy Local', async (t) => {
  const spec = {
    clusterIP: '10.96.0.1',
    ports: [{ port: 80 }],
    internalTrafficPolicy: 'Local',
  }
  const here = await tableOf({ spec, endpoints: three }, { clusterCIDR, nodeName: 'node-b' })
  t.match(elements(here), { 'service-ips': ['10.96.0.1 . tcp . 80 goto local'] })
  t.same(Object.keys(chains(here)), ['endpoint-10.244.0.12/8080', 'local'])
  const elsewhere = await tableOf({ spec, endpoints: three }, { nodeName: 'node-z' })
  t.match(elements(elsewhere), { 'no-endpoint-services': ['10.96.0.1 . tcp . 80 drop'] })
  t.same(chains(elsewhere), {})
})

t.test('source ranges; one with the node admits its own load-balancer IP', async (t) => {
  const spec = { ...balanced, loadBalancerSourceRanges: ['192.0.2.0/24', '198.51.100.0/24'] }
  const object = { spec, status, endpoints: three }
  const table = await tableOf(object, { nodeAddress: '203.0.113.1' })
  t.match(elements(table), { 'firewall-ips': ['203.0.113.9 . tcp . 80 goto firewall'] })
  t.match(chains(table), { firewall: ['ip saddr != { 192.0.2.0/24, 198.51.100.0/24 } drop'] })
  t.match(chains(await tableOf(object, { nodeAddress: '192.0.2.1' })), {
    firewall: ['ip saddr != { 192.0.2.0/24, 198.51.100.0/24, 203.0.113.9 } drop'],
  })
  t.match(chains(await tableOf(object)), { firewall: [/drop$/] })
})

t.test('without endpoints there are answers, and no chains', async (t) => {
  const table = await tableOf({ spec: balanced, status })
  t.same(chains(table), {})
  t.same(elements(table), {
    'cluster-ips': ['10.96.0.1'],
    'no-endpoint-services': [
      '10.96.0.1 . tcp . 80 goto reject-chain',
      '198.51.100.7 . tcp . 80 goto reject-chain',
      '203.0.113.9 . tcp . 80 goto reject-chain',
    ],
    'no-endpoint-nodeports': ['tcp . 30080 goto reject-chain'],
  })
  t.match(String(table), '10.96.0.1 . tcp . 80 comment "default/web" : goto reject-chain')
})

t.test('IPv6 has a table of its own', async (t) => {
  const spec = {
    ...balanced,
    clusterIP: 'fd00:10:96::1',
    clusterIPs: ['fd00:10:96::1'],
    ipFamilies: ['IPv6'],
    externalTrafficPolicy: 'Local',
    sessionAffinity: 'ClientIP',
    loadBalancerSourceRanges: ['2001:db8::/32'],
  }
  const object = {
    spec,
    status: { loadBalancer: { ingress: [{ ip: '2001:db8::9' }] } },
    endpoints: ['fd00:10:244::11'],
  }
  const services = await kernelServicesOf([object], { nodeName: 'node-a' })
  const table = nftablesMode(services, {
    family: 'IPv6',
    clusterCIDR: 'fd00:10:244::/64',
    nodeAddress: 'fd00:77::1',
  })
  const text = String(table)
  t.match(text, /^table ip6 kube-proxy \{\n/)
  t.notMatch(text, /\bip (?:s|d)addr|ipv4_addr/)
  t.match(text, 'dnat to [fd00:10:244::11]:8080')
  t.match(text, 'fd00:10:96::1 . tcp . 80 : goto service-')
  t.same(chains(nftablesMode(services, { family: 'IPv4' })), {})
})
