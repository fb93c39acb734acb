import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { RestoreStep } from '../../../lib/portal/iptables-diff.ts'
import {
  holdsOurs,
  iptablesDifference,
  iptablesRemoval,
  restoreText,
} from '../../../lib/portal/iptables-diff.ts'
import type { RuleSet } from '../../../lib/portal/iptables-layout.ts'
import { iptablesRules } from '../../../lib/portal/iptables-rules.ts'
import { formatRuleSet, parseIptablesSave } from '../../../lib/portal/iptables-save.ts'
import { bound, servicePort } from '../../fixtures/bound-service-ports.ts'
import { FakeIptables } from '../../fixtures/fake-iptables.ts'
import { comparable } from '../../fixtures/golden-rules.ts'

const options = { family: 'IPv4', nodeAddress: '192.168.77.1', externalIPCIDRs: [] } as const

/** Rules for Services by number; the value is the proxy port. */
function rulesFor(services: Readonly<Record<number, number>>): RuleSet {
  const bounds = Object.entries(services).map(([number, port]) => {
    const name = `shop/s${number}:http`
    const clusterIP = `10.96.0.${number}`
    return bound(servicePort(name, { clusterIP, nodePort: 30_000 + Number(number) }), { port })
  })
  return iptablesRules(bounds, options).ruleSet
}

const nothing = parseIptablesSave('')
const linesOf = (steps: readonly RestoreStep[]) => steps.flatMap(({ lines }) => lines)

/** A kernel that holds `ruleSet` and nothing else. */
function kernelWith(ruleSet: RuleSet): FakeIptables {
  const kernel = new FakeIptables()
  kernel.change('iptables', formatRuleSet(ruleSet).replaceAll(/^:[A-Z]+ ACCEPT .*\n/gm, ''))
  return kernel
}
const read = (kernel: FakeIptables) => parseIptablesSave(kernel.text('iptables'))

t.test('nothing is written where all is as wanted', async (t) => {
  const wanted = rulesFor({ 1: 40_001 })
  t.strictSame(iptablesDifference(wanted, wanted), { steps: [], displacing: [] })
  t.equal(restoreText([]), '')
})

t.test(
  'on a machine that holds nothing, chains come first and jumps last, the guard before all',
  async (t) => {
    const { steps } = iptablesDifference(rulesFor({ 1: 40_001 }), nothing)
    t.match(linesOf(steps), [
      ':USERSPACE-PROXY-GUARD - [0:0]',
      ':KUBE-NODEPORT-NON-LOCAL - [0:0]',
      /^-A USERSPACE-PROXY-GUARD /,
      /^-A KUBE-NODEPORT-NON-LOCAL /,
      /^-I INPUT 1 .* -j KUBE-NODEPORT-NON-LOCAL$/,
      /^-I INPUT 1 .* -j USERSPACE-PROXY-GUARD$/,
      ':KUBE-PORTALS-CONTAINER - [0:0]',
      ':USERSPACE-PROXY-EXTERNAL - [0:0]',
      ':KUBE-NODEPORT-CONTAINER - [0:0]',
      ':KUBE-PORTALS-HOST - [0:0]',
      ':USERSPACE-PROXY-EXT-HOST - [0:0]',
      ':USERSPACE-PROXY-LOCALHOST - [0:0]',
      ':KUBE-NODEPORT-HOST - [0:0]',
      /^-A KUBE-PORTALS-CONTAINER /,
      /^-A KUBE-NODEPORT-CONTAINER /,
      /^-A KUBE-PORTALS-HOST /,
      '-A USERSPACE-PROXY-LOCALHOST -d 127.0.0.0/8 -j ACCEPT',
      /^-A KUBE-NODEPORT-HOST /,
      /^-I PREROUTING 1 .* -j USERSPACE-PROXY-EXTERNAL$/,
      /^-I PREROUTING 1 .* -j KUBE-PORTALS-CONTAINER$/,
      /^-A PREROUTING .* -j KUBE-NODEPORT-CONTAINER$/,
      /^-I OUTPUT 1 .* -j USERSPACE-PROXY-EXT-HOST$/,
      /^-I OUTPUT 1 .* -j KUBE-PORTALS-HOST$/,
      /^-A OUTPUT .* -j USERSPACE-PROXY-LOCALHOST$/,
      /^-A OUTPUT .* -j KUBE-NODEPORT-HOST$/,
    ])
  },
)

t.test(
  'one Service more is its rules and nothing else; a chain that is there is never declared',
  async (t) => {
    const before = rulesFor({ 1: 40_001, 2: 40_050 })
    const { steps } = iptablesDifference(rulesFor({ 1: 40_001, 2: 40_050, 3: 40_100 }), before)
    t.equal(steps.length, 6)
    t.equal(
      linesOf(steps).every((line) => /^-A .*(10\.96\.0\.3|30003|40100)/.test(line)),
      true,
    )
  },
)

t.test(
  'a Service that moves to another port gets its new rules before it loses the old ones',
  async (t) => {
    const { steps } = iptablesDifference(rulesFor({ 1: 40_099 }), rulesFor({ 1: 40_001 }))
    const nat = linesOf(steps.filter(({ table }) => table === 'nat'))
    t.match(
      nat.map((line) => line.slice(0, 2)),
      ['-A', '-A', '-A', '-A', '-D', '-D', '-D', '-D'],
    )
  },
)

t.test('a rule that is printed in another form is left alone', async (t) => {
  const wanted = rulesFor({ 1: 40_001, 2: 40_002 })
  const printed = formatRuleSet(wanted)
    .replaceAll('-m state --state NEW', '-m conntrack --ctstate NEW')
    .replaceAll(/--comment "(shop[^"]*)"/g, '--comment $1')
  t.strictSame(iptablesDifference(wanted, parseIptablesSave(printed)).steps, [])
})

t.test('a rule that is deleted is named as it was printed', async (t) => {
  const printed = '-A KUBE-PORTALS-HOST -d 1.2.3.4/32 -m comment --comment odd -j RETURN'
  const present = formatRuleSet(rulesFor({ 1: 40_001 })).replace('COMMIT', `${printed}\nCOMMIT`)
  const { steps } = iptablesDifference(rulesFor({ 1: 40_001 }), parseIptablesSave(present))
  t.strictSame(linesOf(steps), [printed.replace('-A', '-D')])
})

t.test('of two equal rules one goes', async (t) => {
  const wanted = rulesFor({ 1: 40_001 })
  const [line = ''] = wanted.nat.get('KUBE-PORTALS-HOST') ?? []
  const present = parseIptablesSave(formatRuleSet(wanted).replace('COMMIT', `${line}\nCOMMIT`))
  t.strictSame(linesOf(iptablesDifference(wanted, present).steps), [line.replace('-A', '-D')])
})

// What other programs do to the hooks; `change` is written by them.
const disturbances: readonly (readonly [string, string])[] = [
  ['our jump is gone', '*nat\n-D PREROUTING PORTALS\nCOMMIT\n'],
  ['our jump is there twice', '*nat\n-A PREROUTING PORTALS\nCOMMIT\n'],
  ['a rule stands before our first jump', '*nat\n-I PREROUTING 1 -j RETURN\nCOMMIT\n'],
  ['a rule stands behind our last jump', '*nat\n-A PREROUTING -j RETURN\nCOMMIT\n'],
  [
    'our last jump stands first',
    '*nat\n-D PREROUTING NODEPORT\n-I PREROUTING 1 NODEPORT\nCOMMIT\n',
  ],
  ['a rule stands before the guard', '*filter\n-I INPUT 1 -j ACCEPT\nCOMMIT\n'],
  ['a jump of an older version', '*nat\n-A PREROUTING -j KUBE-PORTALS-CONTAINER\nCOMMIT\n'],
]

for (const [what, change] of disturbances) {
  t.test(`jumps are put in their places again where ${what}`, async (t) => {
    const wanted = rulesFor({ 1: 40_001 })
    const kernel = kernelWith(wanted)
    const jumps = wanted.nat.get('PREROUTING')?.map((jump) => jump.replace('-A PREROUTING ', ''))
    kernel.change(
      'iptables',
      change.replaceAll('PORTALS\n', `${jumps?.[0]}\n`).replaceAll('NODEPORT\n', `${jumps?.[1]}\n`),
    )
    kernel.change('iptables', restoreText(iptablesDifference(wanted, read(kernel)).steps))
    const after = read(kernel)
    const foreign = (line: string) => /-j (RETURN|ACCEPT)$/.test(line)
    const hook = after.nat.get('PREROUTING') ?? []
    t.strictSame(
      hook.filter((line) => !foreign(line)),
      wanted.nat.get('PREROUTING'),
    )
    t.match(hook[0], / -j KUBE-PORTALS-CONTAINER$/)
    t.match(hook.at(-1), / -j KUBE-NODEPORT-CONTAINER$/)
    t.match(after.filter.get('INPUT')?.[0], / -j USERSPACE-PROXY-GUARD$/)
    t.strictSame(iptablesDifference(wanted, after).steps, [])
  })
}

t.test('a rule that insists on our place is named, and then let be', async (t) => {
  const wanted = rulesFor({ 1: 40_001 })
  const kernel = kernelWith(wanted)
  kernel.change('iptables', '*nat\n-I PREROUTING 1 -j RETURN\nCOMMIT\n')
  const { displacing } = iptablesDifference(wanted, read(kernel))
  t.strictSame(displacing, ['-A PREROUTING -j RETURN'])
  const tolerant = iptablesDifference(wanted, read(kernel), new Set(displacing))
  t.strictSame(tolerant, { steps: [], displacing: [] })
})

t.test('removal takes redirects before the guard, and jumps from wherever they are', async (t) => {
  const kernel = kernelWith(rulesFor({ 1: 40_001 }))
  kernel.change(
    'iptables',
    '*nat\n:FOREIGN - [0:0]\n-A FOREIGN -j KUBE-PORTALS-HOST\n-A FOREIGN -j RETURN\nCOMMIT\n',
  )
  const steps = iptablesRemoval(read(kernel))
  t.strictSame(
    steps.map(({ table }) => table),
    ['nat', 'filter'],
  )
  kernel.change('iptables', restoreText(steps))
  t.equal(holdsOurs(read(kernel)), false)
  t.match(kernel.text('iptables'), '-A FOREIGN -j RETURN')
  t.strictSame(iptablesRemoval(read(kernel)), [])
})

t.test('half of our chains can be removed too', async (t) => {
  const present = parseIptablesSave('*nat\n:KUBE-PORTALS-HOST - [0:0]\nCOMMIT\n')
  t.equal(holdsOurs(present), true)
  t.strictSame(linesOf(iptablesRemoval(present)), [
    ':KUBE-PORTALS-HOST - [0:0]',
    '-X KUBE-PORTALS-HOST',
  ])
})

t.test('steps that belong together stay together, however small the transactions', async (t) => {
  const steps: RestoreStep[] = [
    { table: 'filter', lines: ['a'] },
    { table: 'nat', lines: ['b'] },
    { table: 'nat', lines: ['c', 'd'] },
  ]
  t.equal(restoreText(steps), '*filter\na\nCOMMIT\n*nat\nb\nc\nd\nCOMMIT\n')
  t.equal(restoreText(steps, 1), '*filter\na\nCOMMIT\n*nat\nb\nCOMMIT\n*nat\nc\nd\nCOMMIT\n')
})

t.test(
  'from any state to any other, in transactions of any size, the result is what is wanted',
  async (t) => {
    const services = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 })), {
        selector: ([number]) => number,
      })
      .map((pairs) => Object.fromEntries(pairs))
    const foreign = fc.constantFrom(
      '*nat\n-A PREROUTING -j RETURN\nCOMMIT\n',
      '*nat\n-I OUTPUT 1 -j RETURN\nCOMMIT\n',
      '*filter\n-I INPUT 1 -j ACCEPT\nCOMMIT\n',
      '*nat\n-A KUBE-PORTALS-HOST -j RETURN\nCOMMIT\n',
      '*nat\n:KUBE-PORTALS-CONTAINER - [0:0]\nCOMMIT\n',
      '*filter\n:INPUT ACCEPT [0:0]\n:USERSPACE-PROXY-GUARD - [0:0]\n-X USERSPACE-PROXY-GUARD\nCOMMIT\n',
    )
    const kube = (ruleSet: RuleSet) =>
      Object.entries(comparable(ruleSet))
        .filter(([chain]) => chain.includes('KUBE'))
        .sort(([a], [b]) => (a < b ? -1 : 1))
    const property = fc.property(
      services,
      services,
      fc.array(foreign),
      fc.integer({ min: 1, max: 50 }),
      (before, after, changes, stepsPerCommit) => {
        const kernel = kernelWith(rulesFor(before))
        for (const change of changes) {
          try {
            kernel.change('iptables', change)
          } catch {
            // The chain it would change is gone already.
          }
        }
        const wanted = rulesFor(after)
        const { steps } = iptablesDifference(wanted, read(kernel))
        kernel.change('iptables', restoreText(steps, stepsPerCommit))
        assert.deepEqual(iptablesDifference(wanted, read(kernel)).steps, [])
        assert.deepEqual(kube(read(kernel)), kube(wanted))
        kernel.change('iptables', restoreText(iptablesRemoval(read(kernel)), stepsPerCommit))
        assert.doesNotMatch(kernel.text('iptables'), /KUBE|USERSPACE/)
      },
    )
    t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }))
  },
)
