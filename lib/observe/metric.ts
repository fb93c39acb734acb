/**
 * MetricDefinition: one metric as data: what it is called, and how its series are read from what is known at one moment.
 *
 * Nothing is counted here: what the hot path counts is read when somebody asks, all of it of the same moment.
 */
import type { HistogramCounts } from '../histogram.ts'
import type { ProxierStats } from '../proxier-options.ts'
import type { ProxiedStatus } from '../status.ts'
import type { ConnectionLog } from './connection-log.ts'
import type { KubernetesEvents } from './kubernetes-events.ts'
import type { ObservedEvents } from './observed-events.ts'
import type { ProcessReading } from './process-reading.ts'

/** All that metrics are read from, of one moment. */
export interface Reading {
  readonly stats: ProxierStats
  readonly events: ObservedEvents
  readonly process: ProcessReading
  /** Of this program. */
  readonly version: string
  /** Endpoints that get series of their own at most. */
  readonly maxEndpoints: number
  /** The same object each time for the same row. */
  readonly labelsOf: (row: ServicePortId) => Labels
  readonly connectionLog: Pick<ConnectionLog, 'written' | 'lost'> | undefined
  readonly kubernetesEvents: Pick<KubernetesEvents, 'counts'> | undefined
}

export type ServicePortId = Pick<
  ProxiedStatus,
  'namespace' | 'name' | 'port' | 'protocol' | 'family'
>

export type Labels = Readonly<Record<string, string | number>>

/** One series, as the client takes it. */
export interface Sample {
  readonly value: number
  readonly labels?: Labels
  /** Labels that many samples have: the same object each time, since its text is made once. */
  readonly sharedLabels?: Labels
  /** Of histograms and summaries: the metric's name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string
}

export interface MetricDefinition {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  /** Without `le` and `quantile`. */
  readonly labels: readonly string[]
  /** A sentence. */
  readonly help: string
  readonly read: (reading: Reading) => Iterable<Sample>
}

export interface HistogramOptions {
  readonly name: string
  readonly boundsMs: readonly number[]
  /** In ms. */
  readonly counts: HistogramCounts
  readonly sharedLabels?: Labels
}

/**
 * The series of a histogram, in seconds; none where it has no buckets. With labels that many share none before it has seen
 * anything, as kube-proxy has none either: those of network programming alone are 166, each asked for every few seconds.
 */
export function histogramSamples(options: HistogramOptions): Sample[] {
  const { name, boundsMs, counts, sharedLabels = {} } = options
  const isUnseen = counts.counts.every((values) => values === 0)
  if (counts.counts.length === 0 || (isUnseen && options.sharedLabels !== undefined)) return []
  let count = 0
  const buckets = counts.counts.map((values, index) => {
    const boundMs = boundsMs[index]
    count += values
    const le = boundMs === undefined ? '+Inf' : boundMs / 1000
    return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, sharedLabels, value: counts.sum / 1000 },
    { metricName: `${name}_count`, sharedLabels, value: count },
  ]
}
