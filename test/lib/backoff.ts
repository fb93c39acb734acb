import fc from 'fast-check'
import t from 'tap'
import { backoffMs } from '../../lib/backoff.ts'

t.test('doubles from the first to the most', async (t) => {
  const pauses = [1, 2, 3, 4, 5, 6].map((attempt) =>
    backoffMs(attempt, { firstMs: 250, mostMs: 3000, random: () => 0 }),
  )
  t.same(pauses, [250, 500, 1000, 2000, 3000, 3000])
})

t.test('jitter takes off at most a quarter, and any number of attempts is bounded', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, value) => {
        const options = { firstMs: 100, mostMs: 30_000 }
        const whole = backoffMs(attempt, { ...options, random: () => 0 })
        const pause = backoffMs(attempt, { ...options, random: () => value })
        return pause <= whole && pause >= Math.floor(whole * 0.75) && whole <= 30_000
      },
    ),
  )
})
