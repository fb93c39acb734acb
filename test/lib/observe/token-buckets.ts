import t from 'tap'
import { TokenBuckets } from '../../../lib/observe/token-buckets.ts'

t.test(
  'a burst at once, then as often as a token comes back, and never more than full',
  async (t) => {
    let nowMs = 5_000
    const buckets = new TokenBuckets({ burst: 3, refillMs: 100, most: 10, now: () => nowMs })
    const taken = (times: number): number => {
      let count = 0
      for (let i = 0; i < times; i++) if (buckets.take('a')) count++
      return count
    }
    const steps: readonly (readonly [laterMs: number, taken: number, what: string])[] = [
      [0, 3, 'the burst'],
      [99, 0, 'not quite'],
      [1, 1, 'the fractions of two waits are one token'],
      [250, 2, 'two and a half'],
      [50, 1, 'and the other half'],
      [10_000, 3, 'full is full'],
      [-4_000, 0, 'a clock that was set back gives nothing'],
      [100, 1, 'and takes nothing'],
    ]
    for (const [laterMs, count, what] of steps) {
      nowMs += laterMs
      t.equal(taken(5), count, what)
    }
  },
)

t.test('each has a bucket of its own; the one asked for longest ago is forgotten', async (t) => {
  const buckets = new TokenBuckets({ burst: 1, refillMs: 100, most: 2, now: () => 0 })
  t.ok(buckets.take('a'))
  t.ok(buckets.take('b'))
  t.notOk(buckets.take('a'), 'asked for after b')
  t.ok(buckets.take('c'))
  t.notOk(buckets.take('a'))
  t.ok(buckets.take('b'), 'was forgotten')
})
