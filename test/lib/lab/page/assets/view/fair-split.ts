import t from 'tap'
import { fairSplit } from '../../../../../../lib/lab/page/assets/view/fair-split.ts'

function close(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.abs(a - b) < 1e-6
}

t.test('an even split is what is expected', async (t) => {
  const { expected, p } = fairSplit([100, 100, 100])
  t.equal(expected, 100)
  t.ok(close(p, 1))
})

t.test('the margin is that of a binomial share', async (t) => {
  // 3000 throws, each for a third: a standard deviation is the root of 3000 * 2/9.
  const { margin } = fairSplit([1006, 1011, 983])
  t.ok(close(margin, 2.58 * Math.sqrt((3000 * 2) / 9)))
})

t.test('the chance is that of the chi-square table', async (t) => {
  // Two degrees of freedom: 5.991 is exceeded once in twenty; one: 3.841.
  const two = fairSplit([100 + Math.sqrt(299.55), 100 - Math.sqrt(299.55), 100])
  t.ok(Math.abs((two.p ?? 0) - 0.05) < 1e-4)
  const one = fairSplit([100 + Math.sqrt(192.05), 100 - Math.sqrt(192.05)])
  t.ok(Math.abs((one.p ?? 0) - 0.05) < 1e-4)
})

t.test('who answered alone, or hardly, is not compared', async (t) => {
  t.equal(fairSplit([300]).p, undefined)
  t.equal(fairSplit([300]).margin, 0)
  t.equal(fairSplit([4, 4, 4]).p, undefined)
  t.not(fairSplit([5, 5, 5]).p, undefined)
})
