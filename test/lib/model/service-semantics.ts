/**
 * What a Service proxy must do, rule by rule, from objects as the API has them to the endpoints of each entry.
 *
 * The numbers are those of the sections: 1.1 which objects count, 1.2 dual stack, 1.3 merging of slices, 1.4 traffic
 * policies, 1.5 hints, 1.6 fields, 1.7 health check. The rules are kube-proxy's (kubernetes v1.34 pkg/proxy), but where
 * a row says otherwise.
 */
import t from 'tap'
import { dualStack } from '../../fixtures/semantics/dual-stack.ts'
import { healthRows } from '../../fixtures/semantics/health-check.ts'
import { hintedRows } from '../../fixtures/semantics/hinted.ts'
import { mergedSlices } from '../../fixtures/semantics/merged-slices.ts'
import { objectsThatCount } from '../../fixtures/semantics/objects-that-count.ts'
import { policyRows } from '../../fixtures/semantics/policies.ts'
import { policyCombinations } from '../../fixtures/semantics/policy-combinations.ts'
import { outcomeOf } from '../../fixtures/semantics/row.ts'
import { fieldRows } from '../../fixtures/semantics/service-fields.ts'

const rows = [
  ...objectsThatCount,
  ...dualStack,
  ...mergedSlices,
  ...policyCombinations,
  ...policyRows,
  ...hintedRows,
  ...fieldRows,
  ...healthRows,
]

t.test('there are many rules, and each has a name of its own', async (t) => {
  t.ok(rows.length >= 200, `${rows.length} rows`)
  t.equal(new Set(rows.map(({ rule }) => rule)).size, rows.length)
})

for (const row of rows) {
  t.test(row.rule, async (t) => {
    const outcome = outcomeOf(row)
    if (row.before) t.strictSame(outcome.before, row.before, 'before')
    t.strictSame(outcome.entries, row.entries)
    if (row.ways) t.strictSame(outcome.ways, row.ways, 'policies and ways')
    if (row.affinity) t.strictSame(outcome.affinity, row.affinity)
    t.strictSame(outcome.notProxied, row.notProxied ?? [], 'not proxied')
    t.strictSame(outcome.health, row.health ?? [], 'health')
    t.strictSame(outcome.refused, row.refused ?? [], 'refused')
  })
}
