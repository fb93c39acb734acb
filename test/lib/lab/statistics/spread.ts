import t from 'tap'
import { compareSpreads, spreadOf } from '../../../../lib/lab/statistics/spread.ts'

t.test('the median stands between as many on both sides', (t) => {
  t.same(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 })
  t.same(spreadOf([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 })
  t.same(spreadOf([7]), { median: 7, min: 7, max: 7 })
  t.equal(spreadOf([]), undefined)
  t.end()
})

t.test('rounds that overlap show no difference', (t) => {
  const spread = (min: number, max: number) => ({ median: (min + max) / 2, min, max })
  t.equal(compareSpreads(spread(1, 2), spread(3, 4)), 'less')
  t.equal(compareSpreads(spread(1, 3), spread(3, 4)), 'same')
  t.equal(compareSpreads(spread(3, 4), spread(1, 3)), 'same')
  t.equal(compareSpreads(spread(5, 6), spread(3, 4)), 'more')
  t.end()
})
