import t from 'tap'
import { binomialBand } from '../../../../lib/lab/statistics/binomial-band.ts'

t.test('is the band of the tables', (t) => {
  // R: qbinom(c(.005, .995), n, p), which is the same unless a tail is exactly half of what may be outside.
  for (const [count, chance, low, high] of [
    [12, 1 / 3, 0, 8],
    [300, 1 / 3, 79, 121],
    [1000, 0.5, 459, 541],
    [1, 0.5, 0, 1],
    [0, 0.5, 0, 0],
  ] as const) {
    t.same(binomialBand({ count, chance }), { low, high }, `${count} at ${chance}`)
  }
  t.end()
})

t.test('is narrower where more may be outside, and never fails of many', (t) => {
  t.same(binomialBand({ count: 12, chance: 1 / 3, outside: 0.04 }), { low: 1, high: 7 })
  const { low, high } = binomialBand({ count: 100_000, chance: 1 / 3 })
  t.ok(low > 32_900 && high < 33_800)
  t.end()
})
