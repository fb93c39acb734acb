import t from 'tap'
import { Histogram, noValues } from '../../lib/histogram.ts'

t.test('a value up to a bound is in its bucket, one above all in the last', async (t) => {
  const histogram = new Histogram([1, 10])
  for (const value of [0, 1, 1.5, 10, 11, 1000]) histogram.observe(value)
  t.strictSame(histogram.snapshot(), { counts: [2, 2, 2], sum: 1023.5 })
})

t.test('what another one has counted is added; none of it is none', async (t) => {
  const histogram = new Histogram([1])
  histogram.observe(2)
  const before = histogram.snapshot()
  histogram.add(before)
  histogram.add(noValues)
  t.strictSame(histogram.snapshot(), { counts: [0, 2], sum: 4 })
  t.strictSame(before, { counts: [0, 1], sum: 2 })
})
