import t from 'tap'
import { noValues } from '../../../lib/histogram.ts'
import { histogramSamples } from '../../../lib/observe/metric.ts'

t.test('buckets hold all that is less, in seconds; without buckets there is nothing', async (t) => {
  const sharedLabels = { a: 'b' }
  const counts = { counts: [1, 2, 4], sum: 12_500 }
  t.strictSame(histogramSamples({ name: 'x', boundsMs: [500, 1000], counts, sharedLabels }), [
    { metricName: 'x_bucket', labels: { le: 0.5 }, sharedLabels, value: 1 },
    { metricName: 'x_bucket', labels: { le: 1 }, sharedLabels, value: 3 },
    { metricName: 'x_bucket', labels: { le: '+Inf' }, sharedLabels, value: 7 },
    { metricName: 'x_sum', sharedLabels, value: 12.5 },
    { metricName: 'x_count', sharedLabels, value: 7 },
  ])
  t.strictSame(histogramSamples({ name: 'x', boundsMs: [500], counts: noValues }), [])
})

t.test('with labels there is nothing before the first value', async (t) => {
  const counts = { counts: [0, 0], sum: 0 }
  const options = { name: 'x', boundsMs: [500], counts }
  t.strictSame(histogramSamples({ ...options, sharedLabels: { a: 'b' } }), [])
  t.equal(histogramSamples(options).length, 4)
})
