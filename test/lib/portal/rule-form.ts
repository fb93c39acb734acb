import t from 'tap'
import { normalForm } from '../../../lib/portal/rule-form.ts'

const equal: readonly (readonly [string, string, string])[] = [
  [
    'quotes around a comment',
    '-A X -p tcp -m comment --comment a/b -j ACCEPT',
    '-A X -p tcp -m comment --comment "a/b" -j ACCEPT',
  ],
  [
    'the order of matches',
    '-A X -p tcp -m tcp --dport 80 -m comment --comment "a/b" -j REDIRECT --to-ports 1',
    '-A X -p tcp -m comment --comment "a/b" -m tcp --dport 80 -j REDIRECT --to-ports 1',
  ],
  [
    'state and conntrack',
    '-A X -p udp -m udp --dport 1 -m conntrack --ctstate NEW -j ACCEPT',
    '-A X -p udp -m udp --dport 1 -m state --state NEW -j ACCEPT',
  ],
  [
    'escaped characters',
    '-A X -m comment --comment "a\\"b" -j ACCEPT',
    '-A X -m comment --comment "a\\\"b" -j ACCEPT',
  ],
]

for (const [what, a, b] of equal) {
  t.test(`${what} make no difference`, async (t) => t.equal(normalForm(a), normalForm(b)))
}

const different: readonly (readonly [string, string, string])[] = [
  ['the chain', '-A X -j ACCEPT', '-A Y -j ACCEPT'],
  ['the target', '-A X -j ACCEPT', '-A X -j DROP'],
  ['a negation', '-A X -d 10.0.0.1/32 -j ACCEPT', '-A X ! -d 10.0.0.1/32 -j ACCEPT'],
  [
    'a negation within a match',
    '-A X -m physdev --physdev-is-in -j ACCEPT',
    '-A X -m physdev ! --physdev-is-in -j ACCEPT',
  ],
  [
    'what stands within quotes',
    '-A X -m comment --comment "a -j DROP" -j ACCEPT',
    '-A X -m comment --comment a -j DROP -j ACCEPT',
  ],
  [
    'another state',
    '-A X -m state --state NEW -j ACCEPT',
    '-A X -m conntrack --ctstate NEW,DNAT -j ACCEPT',
  ],
]

for (const [what, a, b] of different) {
  t.test(`${what} makes a difference`, async (t) => t.not(normalForm(a), normalForm(b)))
}
