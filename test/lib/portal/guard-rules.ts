import t from 'tap'
import { guardRules } from '../../../lib/portal/guard-rules.ts'
import type { GuardedListener } from '../../../lib/portal/guard-rules.ts'

const listener = (port: number, rest: Partial<GuardedListener> = {}): GuardedListener => ({
  protocol: 'tcp',
  address: '0.0.0.0',
  port,
  ...rest,
})

t.test('ports in a row are one range, others stand alone', async (t) => {
  t.strictSame(
    guardRules(
      [20_003, 20_000, 20_001, 20_007].map((port) => listener(port)),
      { family: 'IPv4' },
    ),
    [
      '-A USERSPACE-PROXY-GUARD -p tcp -m multiport --dports 20000:20001,20003,20007 -j REJECT --reject-with tcp-reset',
    ],
  )
})

t.test('UDP is refused as its clients understand it, in both families', async (t) => {
  const udp = [listener(20_000, { protocol: 'udp' })]
  t.match(guardRules(udp, { family: 'IPv4' })[0], /-p udp .* --reject-with icmp-port-unreachable$/)
  t.match(guardRules(udp, { family: 'IPv6' })[0], /-p udp .* --reject-with icmp6-port-unreachable$/)
})

t.test('a listener on one address leaves that port of other addresses alone', async (t) => {
  const rules = guardRules([listener(20_000, { address: '192.168.77.1' }), listener(20_001)], {
    family: 'IPv4',
  })
  t.strictSame(rules, [
    '-A USERSPACE-PROXY-GUARD -d 192.168.77.1/32 -p tcp -m multiport --dports 20000 -j REJECT --reject-with tcp-reset',
    '-A USERSPACE-PROXY-GUARD -p tcp -m multiport --dports 20001 -j REJECT --reject-with tcp-reset',
  ])
  t.match(
    guardRules([listener(9, { address: 'fd00::1' })], { family: 'IPv6' })[0],
    / -d fd00::1\/128 /,
  )
})

t.test('one more port changes one rule', async (t) => {
  const ports = Array.from({ length: 100 }, (_, i) => listener(20_000 + 3 * i))
  const before = guardRules(ports, { family: 'IPv4' })
  const after = new Set(guardRules([...ports, listener(20_100)], { family: 'IPv4' }))
  t.equal(before.filter((rule) => !after.has(rule)).length, 1)
})

t.test('5,000 ports in a row are 313 rules', async (t) => {
  const ports = Array.from({ length: 5000 }, (_, i) => listener(20_000 + i))
  t.equal(guardRules(ports, { family: 'IPv4' }).length, 313)
})

t.test('no set of ports in a block needs more than the 15 numbers a rule can hold', async (t) => {
  let most = 0
  for (let bits = 1; bits < 2 ** 16; bits++) {
    // A range counts twice: where it begins and where it ends. A port alone begins and ends, and counts once.
    const begins = bits & ~(bits << 1)
    const ends = bits & ~(bits >> 1)
    most = Math.max(most, ones(begins | ends))
  }
  t.equal(most, 11)
  const worst = [0, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15].map((offset) => listener(32_000 + offset))
  t.match(guardRules(worst, { family: 'IPv4' }), [
    /32000:32001,32003:32004,32006:32007,32009:32010,32012:32013,32015 /,
  ])
})

t.test('a port that is not known yet has a name in its place', async (t) => {
  const options = { family: 'IPv4', unknownPort: 'PROXYPORT' } as const
  t.match(guardRules([listener(0)], options), [/ --dports PROXYPORT -j REJECT/])
})

function ones(bits: number): number {
  let count = 0
  for (let left = bits; left > 0; left >>>= 1) count += left & 1
  return count
}
