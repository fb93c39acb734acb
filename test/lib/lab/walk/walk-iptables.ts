import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseIptablesText } from '../../../../lib/lab/walk/iptables-text.ts'
import type { Packet, Walk } from '../../../../lib/lab/walk/packet.ts'
import { walkIptables } from '../../../../lib/lab/walk/walk-iptables.ts'

const nodeAddresses = ['192.168.77.1']
const pod = { source: '10.244.0.20', protocol: 'tcp' } as const
const outside = { source: '192.168.77.2', protocol: 'tcp' } as const

function walk(text: string, packet: Packet, { nodeAddresses }: { nodeAddresses: string[] }): Walk {
  return walkIptables(parseIptablesText(text), packet, { nodeAddresses, withSteps: true })
}

function golden(name: string): string {
  return readFileSync(new URL(`../../../fixtures/golden/${name}`, import.meta.url), 'utf8')
}

const kubeProxy = golden('iptables-mode.default-services.txt')

t.test('a pod that dials a cluster IP is led to the last endpoint', async (t) => {
  const packet = { ...pod, destination: '10.96.10.10', port: 80 }
  const way = walk(kubeProxy, packet, { nodeAddresses })
  t.match(way, { fate: 'endpoint', destination: '10.244.0.13:8080', isMasqueraded: false })
  t.same(way.path, [
    'PREROUTING',
    'KUBE-SERVICES',
    'KUBE-SVC-CDGGSHYLG3RE2FKL',
    'KUBE-SEP-R6TGM7Q5Z6CPQGKZ',
  ])
  const count = (chain: string) => way.steps.filter((step) => step.chain === chain).length
  t.same(
    [...new Set(way.steps.map(({ chain }) => chain))].map((chain) => [chain, count(chain)]),
    [
      ['PREROUTING', 1],
      // The first Service of the chain: its mark, and its jump.
      ['KUBE-SERVICES', 2],
      ['KUBE-SVC-CDGGSHYLG3RE2FKL', 3],
      ['KUBE-SEP-R6TGM7Q5Z6CPQGKZ', 2],
      ['FORWARD', 3],
      ['KUBE-FORWARD', 4],
      ['POSTROUTING', 1],
      ['KUBE-POSTROUTING', 1],
    ],
  )
})

t.test('a Service that stands further down is asked later', async (t) => {
  const length = (destination: string) =>
    walk(kubeProxy, { ...pod, destination, port: 80 }, { nodeAddresses }).ruleCount
  // Four more Services, two rules each, but one for the mark; and three lists of recent.
  t.equal(length('10.96.10.11') - length('10.96.10.10'), 6 + 3)
})

t.test('who comes from outside is masqueraded, also by a node port', async (t) => {
  for (const [destination, port] of [
    ['10.96.10.10', 80],
    ['192.168.77.1', 30_080],
  ] as const) {
    const way = walk(kubeProxy, { ...outside, destination, port }, { nodeAddresses })
    t.match(way, { fate: 'endpoint', destination: '10.244.0.13:8080', isMasqueraded: true })
    t.match(way.path.slice(-4), ['FORWARD', 'KUBE-FORWARD', 'POSTROUTING', 'KUBE-POSTROUTING'])
  }
})

t.test('an endpoint that is led to itself is masqueraded', async (t) => {
  const packet = { ...pod, source: '10.244.0.13', destination: '10.96.10.10', port: 80 }
  t.match(walk(kubeProxy, packet, { nodeAddresses }), { isMasqueraded: true })
})

t.test('UDP and affinity have rules of their own', async (t) => {
  const dns = { ...pod, protocol: 'udp', destination: '10.96.10.53', port: 53 } as const
  t.equal(walk(kubeProxy, dns, { nodeAddresses }).destination, '10.244.0.13:5353')
  t.equal(walk(kubeProxy, { ...dns, protocol: 'tcp' }, { nodeAddresses }).fate, 'nowhere')
})

t.test('what no rule wants goes nowhere, though it was asked by many', async (t) => {
  const packet = { ...pod, destination: '10.96.10.10', port: 81 }
  const way = walk(kubeProxy, packet, { nodeAddresses })
  t.match(way, { fate: 'nowhere', destination: '', path: [] })
  t.ok(way.ruleCount > 9)
})

t.test('a program of the node is led the same way, by OUTPUT', async (t) => {
  const packet = {
    ...pod,
    source: '192.168.77.1',
    destination: '10.96.10.10',
    port: 80,
    isFromNode: true,
  }
  const way = walk(kubeProxy, packet, { nodeAddresses })
  t.match(way, { fate: 'endpoint', isMasqueraded: true })
  t.equal(way.path[0], 'OUTPUT')
})

t.test(
  'userspace mode leads it to the proxy, with one rule for each Service before it',
  async (t) => {
    const text = golden('iptables-save.bind-0.0.0.0.txt').replaceAll('PROXYPORT', '40001')
    const packet = { ...pod, destination: '10.96.30.1', port: 80 }
    const way = walk(text, packet, { nodeAddresses })
    t.match(way, {
      fate: 'proxy',
      destination: '192.168.77.1:40001',
      path: ['PREROUTING', 'KUBE-PORTALS-CONTAINER'],
      isMasqueraded: false,
    })
    const fromNode = walk(text, { ...packet, isFromNode: true }, { nodeAddresses })
    t.match(fromNode, { fate: 'proxy', path: ['OUTPUT', 'KUBE-PORTALS-HOST'] })
    t.match(walk(text, packet, { nodeAddresses: [] }), {
      destination: '127.0.0.1:40001',
    })
  },
)

const table = (name: string, ...rules: string[]) =>
  [`*${name}`, ':OWN - [0:0]', ...rules, 'COMMIT', ''].join('\n')

t.test('knows each verdict and how far it goes', async (t) => {
  const packet = { ...pod, destination: '10.96.0.1', port: 80 }
  const rows = [
    [table('nat', '-A PREROUTING -j DROP'), 'dropped'],
    [table('nat', '-A PREROUTING -j KUBE-MARK-DROP'), 'dropped'],
    [table('filter', '-A FORWARD -j REJECT --reject-with icmp-port-unreachable'), 'refused'],
    [table('nat', '-A PREROUTING -j ACCEPT', '-A PREROUTING -j DROP'), 'nowhere'],
    [table('nat', '-A PREROUTING -j OWN', '-A OWN -j RETURN', '-A OWN -j DROP'), 'nowhere'],
    [table('nat', '-A PREROUTING ! -d 10.96.0.1/32 -j DROP'), 'nowhere'],
    [table('nat', '-A PREROUTING -d nonsense -j DROP'), 'nowhere'],
    [table('nat', '-A PREROUTING -m multiport --dports 1,80 -j DROP'), 'dropped'],
    [table('nat', '-A PREROUTING -m physdev ! --physdev-is-in -j DROP'), 'dropped'],
    [table('filter', '-A FORWARD -m state --state NEW -j DROP'), 'dropped'],
    [table('filter', '-A INPUT -j DROP'), 'nowhere'],
    [table('filter', '-A FORWARD -m addrtype --src-type LOCAL -j DROP'), 'nowhere'],
    [table('filter', '-A FORWARD -m addrtype ! --src-type LOCAL -j DROP'), 'dropped'],
    [table('nat', '-A PREROUTING -j DNAT --to-destination [fd00::1]:80'), 'endpoint'],
    [
      table('nat', '-A PREROUTING -j REDIRECT --to-ports 7') +
        table('filter', '-A INPUT -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'),
      'proxy',
    ],
  ] as const
  for (const [text, fate] of rows) t.equal(walk(text, packet, { nodeAddresses }).fate, fate, text)
})

t.test('an IPv6 endpoint has brackets', async (t) => {
  const text = table('nat', '-A PREROUTING -j DNAT --to-destination [fd00::1]:80')
  const packet = {
    source: 'fd00::2',
    destination: 'fd00:10:96::1',
    port: 80,
    protocol: 'tcp',
  } as const
  t.equal(walk(text, packet, { nodeAddresses: [] }).destination, '[fd00::1]:80')
})

t.test('what it does not know is an error, and never passed over', async (t) => {
  const packet = { ...pod, destination: '10.96.0.1', port: 80 }
  for (const rule of [
    '-A PREROUTING -m u32 --u32 0 -j DROP',
    '-A PREROUTING -j TPROXY',
    '-A PREROUTING',
  ]) {
    t.throws(() => walk(table('nat', rule), packet, { nodeAddresses }), /not known here/)
  }
})
