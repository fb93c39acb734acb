import t from 'tap'
import { median, medianRatio, summary } from '../statistics.ts'

t.test('the median is the middle, or between the two in the middle', (t) => {
  const cases: [number[], number][] = [
    [[], Number.NaN],
    [[7], 7],
    [[3, 1, 2], 2],
    [[10, 9, 1, 2], 5.5],
  ]
  for (const [values, expected] of cases) t.ok(Object.is(median(values), expected), String(values))
  t.end()
})

t.test('a summary has the range', (t) => {
  t.same(summary([3, 1, 2]), { median: 2, min: 1, max: 3 })
  t.end()
})

t.test('ratios are of values side by side', (t) => {
  t.equal(medianRatio([2, 20, 200], [1, 10, 100]), 2)
  t.equal(medianRatio([2, 20, 600], [1, 5, 100]), 4)
  t.equal(medianRatio([2, 20, 200], [1]), 2, 'as many as there are of both')
  t.ok(Number.isNaN(medianRatio([1], [])))
  t.end()
})
