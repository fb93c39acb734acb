import t from 'tap'
import type { Answer } from '../../../../lib/lab/lab.ts'
import { LatencyHistogram } from '../../../../lib/lab/page/latency-histogram.ts'
import { latencyBuckets } from '../../../../lib/lab/page/page-topics.ts'

const answer: Answer = { outcome: 'ok', pod: 'pod-1', seenClient: '', durationMs: 1, attempts: 1 }

t.test('answers are in buckets by their logarithm, in order', async (t) => {
  const histogram = new LatencyHistogram('direct')
  for (const durationMs of [10, 0.1, 10]) histogram.add({ ...answer, durationMs })
  t.same(histogram.tally(), {
    mode: 'direct',
    answered: 3,
    failed: 0,
    buckets: [
      [60, 1],
      [180, 2],
    ],
  })
})

t.test('what is too fast or too slow is at the ends', async (t) => {
  const histogram = new LatencyHistogram('direct')
  for (const durationMs of [0, 0.0001, 1e9]) histogram.add({ ...answer, durationMs })
  t.same(histogram.tally().buckets, [
    [0, 2],
    [latencyBuckets.count - 1, 1],
  ])
})

t.test('who failed is counted apart, and who has no duration not at all', async (t) => {
  const histogram = new LatencyHistogram('ipvs')
  histogram.add({ ...answer, outcome: 'timeout' })
  histogram.add({ ...answer, durationMs: undefined })
  histogram.add({ ...answer, outcome: 'refused', durationMs: undefined })
  t.same(histogram.tally(), { mode: 'ipvs', answered: 0, failed: 1, buckets: [] })
})
