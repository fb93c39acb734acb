import t from 'tap'
import { evenSplitP } from '../../../../lib/lab/statistics/even-split-p.ts'

t.test('is what tables of chi-square with two degrees of freedom have', (t) => {
  t.equal(evenSplitP([4, 4, 4]), 1)
  // Chi-square 5.991 is exceeded once in twenty times, 9.210 once in a hundred.
  t.ok(Math.abs(evenSplitP([0, 0, 3]) - Math.exp(-3)) < 1e-12)
  t.ok(Math.abs(evenSplitP([12, 8, 4]) - 0.135_335) < 1e-6)
  t.equal(evenSplitP([0, 0, 0]), 1, 'nothing is not uneven')
  t.end()
})
