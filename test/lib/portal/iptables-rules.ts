import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { iptablesRules } from '../../../lib/portal/iptables-rules.ts'
import type { BoundServicePort } from '../../../lib/portal/portal-binder.ts'
import { RuleValues } from '../../../lib/portal/rule-values.ts'
import {
  bound,
  boundEntries,
  everyWay,
  goldenBound,
  goldenNode,
  servicePort,
  threeEntries,
} from '../../fixtures/bound-service-ports.ts'
import { comparable, goldenRules } from '../../fixtures/golden-rules.ts'

const options = {
  family: 'IPv4',
  nodeAddress: goldenNode.nodeAddress,
  externalIPCIDRs: goldenNode.externalIPCIDRs.map((text) => CIDR.parse(text) as CIDR),
} as const

for (const bindAddress of ['0.0.0.0', '192.168.77.1'] as const) {
  t.test(`writes what kube-proxy wrote when bound to ${bindAddress}`, async (t) => {
    const { ruleSet, problems } = iptablesRules(goldenBound(bindAddress), options)
    t.strictSame(comparable(ruleSet), goldenRules(bindAddress))
    t.strictSame(problems, [])
  })
}

t.test('the guard comes first, and knows every proxy port', async (t) => {
  const { ruleSet } = iptablesRules(goldenBound(), options)
  t.match(ruleSet.filter.get('INPUT'), [
    /^-A INPUT -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT .* -j USERSPACE-PROXY-GUARD$/,
    / -j KUBE-NODEPORT-NON-LOCAL$/,
  ])
  t.match(ruleSet.filter.get('USERSPACE-PROXY-GUARD'), [
    /-p tcp -m multiport --dports 40001,40003:40004,40006:40007 /,
    /-p udp -m multiport --dports 40002,40005 /,
  ])
})

t.test('a ServicePort of the other family is passed over', async (t) => {
  const other = bound(servicePort('a/b', { family: 'IPv6', clusterIP: 'fd00::1' }), { port: 1 })
  t.strictSame(iptablesRules([other], options), iptablesRules([], options))
})

t.test('two ServicePorts, or one twice, may say the same', async (t) => {
  const one = bound(servicePort('a/b', { clusterIP: '10.96.0.1' }), { port: 40_000 })
  t.strictSame(iptablesRules([one, one], options), iptablesRules([one], options))
})

t.test('a ServicePort that cannot be written is left out, and nothing else', async (t) => {
  const good = bound(servicePort('a/b', { clusterIP: '10.96.0.1' }), { port: 40_000 })
  const bad = bound(servicePort('a/b:x" -j ACCEPT', { clusterIP: '10.96.0.2' }), { port: 40_001 })
  const { ruleSet, problems } = iptablesRules([bad, good], options)
  t.strictSame(ruleSet, iptablesRules([good], options).ruleSet)
  t.match(problems, [{ code: 'ERR_PORTAL', servicePort: 'a/b:x" -j ACCEPT' }])
})

t.test('a fault that is not the ServicePort’s is not hidden', async (t) => {
  const one = bound(servicePort('a/b', { clusterIP: '10.96.0.1' }), { port: 40_000 })
  t.intercept(RuleValues.prototype, 'comment', {
    value: () => {
      throw new TypeError('broken')
    },
  })
  t.throws(() => iptablesRules([one], options), new TypeError('broken'))
})

const one = everyWay('shop/web')
const split = everyWay('shop/web', { policies: threeEntries })
const localOnly = everyWay('shop/web', { policies: { internalTrafficPolicy: 'Local' } })

t.test('however a ServicePort is split, each way in is led somewhere, once', async (t) => {
  const all = { ...options, externalIPCIDRs: [CIDR.parse('0.0.0.0/0') as CIDR] }
  /** What is matched; not whose it is, and where it leads. */
  const matches = (bound: readonly BoundServicePort[]) => {
    const { ruleSet } = iptablesRules(bound, all)
    const lines = [...ruleSet.nat.values()].flat()
    return lines.map((line) =>
      line.replace(/(shop\/web)[^"]*/, '$1').replace(/(-j DNAT|-j REDIRECT) .*/, '$1'),
    )
  }
  const joined = matches(boundEntries(one, 40_001))
  t.equal(new Set(joined).size, joined.length)
  t.strictSame(matches(boundEntries(split, 40_001)).sort(), joined.toSorted())
  t.strictSame(matches(boundEntries(localOnly, 40_001)).sort(), joined.toSorted())
})

t.test('every entry’s proxy port is guarded, also one that nothing leads to', async (t) => {
  const { ruleSet } = iptablesRules(boundEntries(split, 40_001), options)
  t.match(ruleSet.filter.get('USERSPACE-PROXY-GUARD'), [
    /-p tcp -m multiport --dports 40001:40003 .* --reject-with tcp-reset$/,
  ])
  t.match(ruleSet.filter.get('KUBE-NODEPORT-NON-LOCAL'), [
    /--comment "shop\/web external" .* 40002 /,
  ])
})
