import t from 'tap'
import type { Answer } from '../../../../../../lib/lab/lab.ts'
import { axisTicks, latencyView } from '../../../../../../lib/lab/page/assets/view/latency-view.ts'
import { LatencyHistogram } from '../../../../../../lib/lab/page/latency-histogram.ts'

/** As the server would send it: what one side counts the other draws. */
function tallyOf(durations: readonly number[], failed = 0) {
  const histogram = new LatencyHistogram('userspace')
  const answer: Answer = {
    outcome: 'ok',
    pod: 'pod-1',
    seenClient: '',
    durationMs: 1,
    attempts: 1,
  }
  for (const durationMs of durations) histogram.add({ ...answer, durationMs })
  for (let i = 0; i < failed; i++) histogram.add({ ...answer, outcome: 'refused' })
  return histogram.tally()
}

t.test('the axis has a tick for each decade', async (t) => {
  t.same(
    axisTicks.map(({ at }) => at),
    [0, 0.25, 0.5, 0.75, 1],
  )
  t.same(
    axisTicks.map(({ ms }) => Math.round(ms * 10) / 10),
    [0.1, 1, 10, 100, 1000],
  )
})

t.test('percentiles are right to the width of a bucket', async (t) => {
  const durations = Array.from({ length: 1000 }, (_, i) => 1 + i / 100)
  const [row] = latencyView([tallyOf(durations)])
  for (const [i, exact] of [6, 10, 10.9].entries()) {
    const { ms = 0, at = 0 } = row?.percentiles[i] ?? {}
    t.ok(Math.abs(ms / exact - 1) < 0.04, `${ms} is about ${exact}`)
    t.ok(Math.abs(at - (Math.log10(ms) + 1) / 4) < 1e-9)
  }
})

t.test('what is outside the axis is at its ends', async (t) => {
  const [row] = latencyView([tallyOf([0.001, 90_000])])
  t.same([row?.bars.at(0), row?.bars.at(-1)], [1, 1])
  t.same(
    row?.percentiles.map(({ at }) => at),
    [0, 1, 1],
  )
})

t.test('all modes are on one scale, and who failed takes a share of it', async (t) => {
  const [many, few] = latencyView([tallyOf([1, 1, 1, 1]), tallyOf([1, 1], 2)])
  t.equal(Math.max(...(many?.bars ?? [])), 1)
  t.equal(Math.max(...(few?.bars ?? [])), 0.5)
  t.equal(many?.failedBar, 0)
  t.equal(few?.failedBar, 0.5)
  t.match(few, { answered: 2, failed: 2 })
})

t.test('where nobody answered there are no percentiles', async (t) => {
  const [row] = latencyView([tallyOf([], 3)])
  t.same(row?.percentiles, [])
  t.equal(row?.failedBar, 1)
  t.same(latencyView([]), [])
})
