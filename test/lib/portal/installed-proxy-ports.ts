import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { installedProxyPorts, proxyPortKey } from '../../../lib/portal/installed-proxy-ports.ts'
import { iptablesRules } from '../../../lib/portal/iptables-rules.ts'
import { formatRuleSet, parseIptablesSave } from '../../../lib/portal/iptables-save.ts'
import {
  bound,
  boundEntries,
  everyWay,
  goldenBound,
  servicePort,
  threeEntries,
} from '../../fixtures/bound-service-ports.ts'

const externalIPCIDRs = [CIDR.parse('0.0.0.0/0') as CIDR]

for (const address of ['0.0.0.0', '192.168.77.1']) {
  t.test(`every proxy port on ${address} is found by the name of its ServicePort`, async (t) => {
    const options = { family: 'IPv4', nodeAddress: '192.168.77.1', externalIPCIDRs } as const
    const wanted = goldenBound(address)
    const ports = installedProxyPorts(iptablesRules(wanted, options).ruleSet)
    t.strictSame(
      wanted.map(({ servicePort, entry }) => ports.get(proxyPortKey(servicePort.name, entry.name))),
      wanted.map(({ listeners }) => listeners[0]?.port),
    )
  })
}

t.test('IPv6, and a Service that has a node port only', async (t) => {
  const one = bound(servicePort('a/b', { family: 'IPv6', nodePort: 30_080 }), { port: 40_001 })
  const options = { family: 'IPv6', nodeAddress: 'fd00::1', externalIPCIDRs } as const
  t.strictSame(
    installedProxyPorts(iptablesRules([one], options).ruleSet),
    new Map([['tcp a/b', 40_001]]),
  )
})

t.test('an external IP in our own chain is enough', async (t) => {
  const one = bound(servicePort('a/b', { externalIPs: ['198.51.100.7'] }), { port: 40_001 })
  const options = { family: 'IPv4', nodeAddress: '192.168.77.1', externalIPCIDRs } as const
  const { ruleSet } = iptablesRules([one], options)
  const nat = new Map(ruleSet.nat)
  nat.delete('KUBE-PORTALS-HOST')
  t.strictSame(installedProxyPorts({ ...ruleSet, nat }), new Map([['tcp a/b', 40_001]]))
})

t.test('rules of another kind, and tables without ours, hold no proxy port', async (t) => {
  t.equal(installedProxyPorts(parseIptablesSave('')).size, 0)
  const foreign = '*nat\n:KUBE-PORTALS-HOST - [0:0]\n-A KUBE-PORTALS-HOST -j RETURN\nCOMMIT\n'
  t.equal(installedProxyPorts(parseIptablesSave(foreign)).size, 0)
})

t.test('each entry of a ServicePort has its own', async (t) => {
  const options = { family: 'IPv4', nodeAddress: '192.168.77.1', externalIPCIDRs } as const
  const tcp = everyWay('a/b:http', { policies: threeEntries })
  const udp = everyWay('a/b:http', { policies: threeEntries, protocol: 'UDP' })
  const wanted = [...boundEntries(tcp, 40_001), ...boundEntries(udp, 40_011)]
  const { ruleSet } = iptablesRules(wanted, options)
  const expected = new Map([
    ['tcp a/b:http', 40_001],
    ['tcp a/b:http external', 40_002],
    ['tcp a/b:http load-balancer', 40_003],
    ['udp a/b:http', 40_011],
    ['udp a/b:http external', 40_012],
    ['udp a/b:http load-balancer', 40_013],
  ])
  t.same(installedProxyPorts(ruleSet), expected)
  t.same(installedProxyPorts(parseIptablesSave(formatRuleSet(ruleSet))), expected)
  t.strictSame(
    wanted.map(({ servicePort, entry }) =>
      expected.get(proxyPortKey(servicePort.name, entry.name)),
    ),
    wanted.map(({ listeners }) => listeners[0]?.port),
  )
})
