import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import type { EntryName } from '../../../lib/model/entry.ts'
import type { ServicePort } from '../../../lib/model/service-port.ts'
import type { BoundListener } from '../../../lib/portal/portal-binder.ts'
import { servicePortRules } from '../../../lib/portal/service-port-rules.ts'
import { entryOf, everyWay, servicePort, threeEntries } from '../../fixtures/bound-service-ports.ts'

const options = {
  nodeAddress: '192.168.77.1',
  externalIPCIDRs: [CIDR.parse('198.51.100.0/24') as CIDR],
}

const rulesOf = (
  servicePort: ServicePort,
  listeners: readonly BoundListener[],
  name?: EntryName,
) => {
  const bound = { servicePort, entry: entryOf(servicePort, name), listeners }
  return servicePortRules(bound, options).map(([, line]) => line)
}

const proxyPort: BoundListener = { role: 'proxy-port', address: '0.0.0.0', port: 40_000 }

t.test(
  'a ServicePort without a bound proxy port has no rules: they would lead nowhere',
  async (t) => {
    const nodePort: BoundListener = { role: 'node-port', address: '0.0.0.0', port: 30_080 }
    t.strictSame(rulesOf(servicePort('a/b', { clusterIP: '10.96.0.1' }), [nodePort]), [])
  },
)

t.test('a Service without any portal has no rules', async (t) => {
  t.strictSame(rulesOf(servicePort('a/b'), [proxyPort]), [])
})

t.test('IPv6 addresses stand in brackets where a port follows', async (t) => {
  const ipv6 = servicePort('a/b', { family: 'IPv6', clusterIP: 'fd00:10:96::1' })
  const listeners = [{ ...proxyPort, address: '::' }]
  const bound = { servicePort: ipv6, entry: entryOf(ipv6), listeners }
  const rules = servicePortRules(bound, { ...options, nodeAddress: 'fd00:77::1' })
  t.strictSame(rules, [
    [
      'KUBE-PORTALS-CONTAINER',
      '-A KUBE-PORTALS-CONTAINER -d fd00:10:96::1/128 -p tcp -m comment --comment "a/b" -m tcp --dport 80 -j REDIRECT --to-ports 40000',
    ],
    [
      'KUBE-PORTALS-HOST',
      '-A KUBE-PORTALS-HOST -d fd00:10:96::1/128 -p tcp -m comment --comment "a/b" -m tcp --dport 80 -j DNAT --to-destination [fd00:77::1]:40000',
    ],
  ])
})

t.test('the rules of an entry are for its ways only, and say whose they are', async (t) => {
  const one = everyWay('a/b', { policies: threeEntries })
  const nodePort: BoundListener = { role: 'node-port', address: '0.0.0.0', port: 30_080 }
  const rows: readonly (readonly [EntryName, BoundListener[], string, Record<string, number>])[] = [
    ['internal', [proxyPort], 'a/b', { '10.96.0.1/32 80': 2 }],
    [
      'external',
      [proxyPort, nodePort],
      'a/b external',
      { '198.51.100.7/32 80': 5, 'any 30080': 2, 'any 40000': 1 },
    ],
    ['load-balancer', [proxyPort], 'a/b load-balancer', { '203.0.113.9/32 80': 2 }],
  ]
  for (const [name, listeners, comment, counts] of rows) {
    const found: Record<string, number> = {}
    for (const rule of rulesOf(one, listeners, name)) {
      t.match(rule, `--comment "${comment}" `)
      const [, to = 'any', port] = /^-A \S+ (?:-d (\S+) )?-p .*--dport (\d+) /.exec(rule) ?? []
      found[`${to} ${port}`] = (found[`${to} ${port}`] ?? 0) + 1
    }
    t.strictSame(found, counts, name)
  }
})

t.test('an external IP needs leave', async (t) => {
  const one = servicePort('a/b', { externalIPs: ['198.51.100.7', '203.0.113.1'] })
  const rules = rulesOf(one, [proxyPort])
  t.equal(rules.length, 5)
  t.equal(
    rules.every((rule) => rule.includes('-d 198.51.100.7/32')),
    true,
  )
})

t.test('an external IP is redirected in our own chains whoever dials it', async (t) => {
  const rules = rulesOf(servicePort('a/b', { externalIPs: ['198.51.100.7'] }), [proxyPort])
  const match = '-d 198.51.100.7/32 -p tcp -m comment --comment "a/b" -m tcp --dport 80'
  t.strictSame(
    rules.filter((rule) => rule.startsWith('-A USERSPACE-PROXY-')),
    [
      `-A USERSPACE-PROXY-EXTERNAL ${match} -j REDIRECT --to-ports 40000`,
      `-A USERSPACE-PROXY-EXT-HOST ${match} -j DNAT --to-destination 192.168.77.1:40000`,
    ],
  )
  const onNode = { ...proxyPort, address: '192.168.77.9' }
  const toNode = rulesOf(servicePort('a/b', { externalIPs: ['198.51.100.7'] }), [onNode])
  t.strictSame(
    toNode.filter((rule) => rule.startsWith('-A USERSPACE-PROXY-')),
    ['EXTERNAL', 'EXT-HOST'].map(
      (chain) => `-A USERSPACE-PROXY-${chain} ${match} -j DNAT --to-destination 192.168.77.9:40000`,
    ),
  )
})

t.test('a load-balancer IP of ipMode Proxy is left to the load balancer', async (t) => {
  const ingress = (ipMode: 'VIP' | 'Proxy') =>
    rulesOf(servicePort('a/b', { loadBalancerIngress: [{ ip: '203.0.113.9', ipMode }] }), [
      proxyPort,
    ])
  t.equal(ingress('VIP').length, 2)
  t.equal(ingress('Proxy').length, 0)
})

t.test('a node port is redirected only where we hold it', async (t) => {
  const one = servicePort('a/b', { nodePort: 30_080 })
  const nodePort = (address: string): BoundListener => ({
    role: 'node-port',
    address,
    port: 30_080,
  })
  t.strictSame(rulesOf(one, [proxyPort]), [], 'another program has it')
  t.match(rulesOf(one, [proxyPort, nodePort('0.0.0.0')]), [
    /^-A KUBE-NODEPORT-CONTAINER -p tcp /,
    /^-A KUBE-NODEPORT-HOST -p tcp /,
    /^-A KUBE-NODEPORT-NON-LOCAL -p tcp .* --dport 40000 -m state --state NEW -j ACCEPT$/,
  ])
  t.match(rulesOf(one, [proxyPort, nodePort('192.168.77.1')]), [
    /^-A KUBE-NODEPORT-CONTAINER -d 192.168.77.1\/32 -p tcp /,
    /^-A KUBE-NODEPORT-HOST -d 192.168.77.1\/32 -p tcp /,
    /^-A KUBE-NODEPORT-NON-LOCAL -p tcp /,
  ])
})

t.test('a node port on localhost is listened on, not redirected', async (t) => {
  const one = servicePort('a/b', { nodePort: 30_080 })
  const listeners = [proxyPort, { role: 'node-port', address: '127.0.0.1', port: 30_080 } as const]
  t.strictSame(rulesOf(one, listeners), [])
})

t.test('a port that is not known has to be asked for', async (t) => {
  const one = servicePort('a/b', { clusterIP: '10.96.0.1' })
  const bound = {
    servicePort: one,
    entry: entryOf(one),
    listeners: [{ ...proxyPort, port: 0 }],
  }
  t.throws(() => servicePortRules(bound, options), { code: 'ERR_PORTAL', message: /port 0/ })
  const rules = servicePortRules(bound, { ...options, unknownPort: 'PROXYPORT' })
  t.match(rules, [
    [String, /--to-ports PROXYPORT$/],
    [String, /--to-destination 192.168.77.1:PROXYPORT$/],
  ])
})
