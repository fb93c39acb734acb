import t from 'tap'
import {
  dnsLabel,
  dnsSubdomain,
  labelKey,
  labelValue,
  plainText,
  portName,
  type TextRule,
} from '../../../lib/model/dns-name.ts'

const x63 = 'x'.repeat(63)
const x253 = [x63, x63, x63, 'x'.repeat(61)].join('.')

const table: readonly { name: string; rule: TextRule; good: string[]; bad: string[] }[] = [
  {
    name: 'a DNS label',
    rule: dnsLabel,
    good: ['a', '0', 'web-1', '1st', x63],
    bad: ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'ä', `${x63}x`, 'a\n'],
  },
  {
    name: 'a DNS subdomain',
    rule: dnsSubdomain,
    good: ['a', 'a.b', '1.2', 'worker-1.example.com', x253],
    bad: ['', '.', 'a.', '.a', 'a..b', 'A.b', `${x253}x`, 'a_b'],
  },
  { name: 'a port name', rule: portName, good: ['', 'http', '0'], bad: ['HTTP', 'a b', `${x63}x`] },
  {
    name: 'a label value',
    rule: labelValue,
    good: ['', 'a', 'A.b_c-9', x63],
    bad: ['-a', 'a.', 'a b', 'ä', `${x63}x`, 'a\n'],
  },
  {
    name: 'a label key',
    rule: labelKey,
    good: ['app', 'kubernetes.io/service-name', `a.b/${x63}`],
    bad: ['', '/', 'a/', '/a', 'a/b/c', 'A.b/c', '__proto__', 'a b', `${x63}x`],
  },
  {
    name: 'a plain text',
    rule: plainText,
    good: ['', 'Größe 1', 'x'.repeat(253)],
    bad: ['a\nb', '\u001b[0m', '\u202e', 'x'.repeat(254)],
  },
]

for (const { name, rule, good, bad } of table) {
  t.test(name, async (t) => {
    for (const text of good) t.equal(rule.holds(text), true, JSON.stringify(text))
    for (const text of bad) t.equal(rule.holds(text), false, JSON.stringify(text))
    t.not(rule.right, '')
  })
}
