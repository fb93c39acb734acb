import fc from 'fast-check'
import t from 'tap'
import { formatDuration, parseDuration } from '../../bin/duration.ts'

const durations: readonly (readonly [string, number | undefined])[] = [
  ['0', 0],
  ['0s', 0],
  ['250ms', 250],
  ['10s', 10_000],
  ['1.5s', 1500],
  ['1.001s', 1001],
  ['0.5ms', 0.5],
  ['1m30s', 90_000],
  ['1h', 3_600_000],
  ['1h1m1s1ms', 3_661_001],
  ['24h0m0s', 86_400_000],
  ['30s1m', 90_000],
  ['', undefined],
  ['10', undefined],
  ['s', undefined],
  ['10 s', undefined],
  [' 10s', undefined],
  ['10S', undefined],
  ['-1s', undefined],
  ['+1s', undefined],
  ['.5s', undefined],
  ['1.s', undefined],
  ['1us', undefined],
  ['1d', undefined],
  ['1e3s', undefined],
  ['0x10s', undefined],
  ['10s!', undefined],
]

for (const [text, ms] of durations) {
  t.test(`reads ${JSON.stringify(text)} as ${ms}`, async (t) => {
    t.equal(parseDuration(text), ms)
  })
}

t.test('a duration is written as it is read', async (t) => {
  t.equal(formatDuration(0), '0s')
  t.equal(formatDuration(50), '50ms')
  t.equal(formatDuration(30_000), '30s')
  t.equal(formatDuration(60_000), '1m')
  t.equal(formatDuration(3_661_001), '1h1m1s1ms')
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), (ms) => parseDuration(formatDuration(ms)) === ms),
  )
})
