import t from 'tap'
import { histogramSamples } from '../../../lib/observe/metric.ts'

const name = 'dials_seconds'
const boundsMs = [1, 10]
const sharedLabels = { service: 'web' }

t.test('buckets are told in seconds, each with what lies below', async (t) => {
  const counts = { counts: [1, 0, 2], sum: 2500 }
  t.same(histogramSamples({ name, boundsMs, counts, sharedLabels }), [
    { metricName: `${name}_bucket`, labels: { le: 0.001 }, sharedLabels, value: 1 },
    { metricName: `${name}_bucket`, labels: { le: 0.01 }, sharedLabels, value: 1 },
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, sharedLabels, value: 3 },
    { metricName: `${name}_sum`, sharedLabels, value: 2.5 },
    { metricName: `${name}_count`, sharedLabels, value: 3 },
  ])
})

t.test('with labels there are none before the first', async (t) => {
  const counts = { counts: [0, 0, 0], sum: 0 }
  t.same(histogramSamples({ name, boundsMs, counts, sharedLabels }), [])
  t.equal(histogramSamples({ name, boundsMs, counts }).length, 5)
  t.same(histogramSamples({ name, boundsMs, counts: { counts: [], sum: 0 } }), [])
})
