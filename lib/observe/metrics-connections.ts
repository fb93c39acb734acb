/**
 * The metrics of connections and UDP flows: by ServicePort, and of all that the process has ever had.
 *
 * `opened` is the sum of `failed`, `closed` and `open` in each reading. A ServicePort has series from its first connection
 * on; they end with it, and go on where they were if it comes back. What it has counted, and its connections that live on,
 * stay in those of all.
 */
import { dialBoundsMs } from '../relay/counts.ts'
import type { ProxySocketCounts } from '../relay/data-plane.ts'
import type { Labels, MetricDefinition, Reading, Sample, ServicePortId } from './metric.ts'
import { histogramSamples } from './metric.ts'

export const servicePortLabelNames = ['namespace', 'service', 'port', 'protocol', 'ip_family']

/** The series of one metric for one set of counts. */
type ReadCounts = (counts: ProxySocketCounts, sharedLabels: Labels, name: string) => Sample[]

interface CountsMetric {
  /** `connections_opened_total`. */
  readonly name: string
  readonly type: MetricDefinition['type']
  readonly labels: readonly string[]
  readonly help: string
  /** Whether only ServicePorts of UDP have it. */
  readonly isUdp?: boolean
  readonly read: ReadCounts
}

function number(field: NumberField): ReadCounts {
  return (counts, sharedLabels) => [{ sharedLabels, value: counts[field] }]
}

type NumberField = {
  [Key in keyof ProxySocketCounts]: ProxySocketCounts[Key] extends number ? Key : never
}[keyof ProxySocketCounts]

function byReason(field: 'failed' | 'closed'): ReadCounts {
  return (counts, sharedLabels) =>
    Object.entries(counts[field]).map(([reason, value]) => {
      return { labels: { reason }, sharedLabels, value }
    })
}

function byDirection(fromClient: NumberField, fromEndpoint: NumberField): ReadCounts {
  return (counts, sharedLabels) => [
    { labels: { direction: 'from_client' }, sharedLabels, value: counts[fromClient] },
    { labels: { direction: 'from_endpoint' }, sharedLabels, value: counts[fromEndpoint] },
  ]
}

const metrics: readonly CountsMetric[] = [
  {
    name: 'connections_opened_total',
    type: 'counter',
    labels: [],
    help: 'Connections that were accepted, and UDP flows that began; a datagram that is refused is one of its own.',
    read: number('opened'),
  },
  {
    name: 'connections_open',
    type: 'gauge',
    labels: [],
    help: 'Connections and UDP flows that are open, those being dialled included.',
    read: number('open'),
  },
  {
    name: 'connections_failed_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Connections and UDP flows that never reached an endpoint, by reason.',
    read: byReason('failed'),
  },
  {
    name: 'connections_closed_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Connections and UDP flows that reached an endpoint and are over, by reason: evicted, idle, ended, ….',
    read: byReason('closed'),
  },
  {
    name: 'dial_attempts_total',
    type: 'counter',
    labels: [],
    help: 'Dials to endpoints.',
    read: number('dialAttempts'),
  },
  {
    name: 'dial_retries_total',
    type: 'counter',
    labels: [],
    help: 'Dials to endpoints that were not the first of their connection.',
    read: number('dialRetries'),
  },
  {
    name: 'dial_duration_seconds',
    type: 'histogram',
    labels: [],
    help: 'How long the TCP dials took that reached their endpoint.',
    read: ({ dialMs }, sharedLabels, name) =>
      histogramSamples({ name, boundsMs: dialBoundsMs, counts: dialMs, sharedLabels }),
  },
  {
    name: 'bytes_total',
    type: 'counter',
    labels: ['direction'],
    help: 'Bytes that came from clients and from endpoints.',
    read: byDirection('bytesFromClient', 'bytesFromEndpoint'),
  },
  {
    name: 'datagrams_total',
    type: 'counter',
    labels: ['direction'],
    help: 'UDP datagrams that came from clients and from endpoints.',
    isUdp: true,
    read: byDirection('datagramsFromClient', 'datagramsFromEndpoint'),
  },
  {
    name: 'datagrams_dropped_total',
    type: 'counter',
    labels: [],
    help: 'UDP datagrams of open flows that could not be passed on.',
    isUdp: true,
    read: number('datagramsDropped'),
  },
]

const none: Labels = Object.freeze({})

export const connectionMetrics: readonly MetricDefinition[] = [
  ...metrics.map(({ read, isUdp, ...metric }): MetricDefinition => {
    const name = `userspace_proxy_${metric.name}`
    return {
      ...metric,
      name,
      labels: [...servicePortLabelNames, ...metric.labels],
      read: ({ stats, labelsOf }) =>
        stats.servicePorts
          // Of 10,000 most are never used on this node, and each series is one too many times the nodes.
          .filter(({ protocol, counts }) => counts.opened > 0 && (!isUdp || protocol === 'UDP'))
          .flatMap((row) => read(row.counts, labelsOf(row), name)),
    }
  }),
  ...metrics.map(({ read, help, ...metric }): MetricDefinition => {
    const name = `userspace_proxy_all_${metric.name}`
    return {
      ...metric,
      name,
      help: `${help.slice(0, -1)}; of all Services, also those that are gone.`,
      read: ({ stats }: Reading) => read(stats.totals.counts, none, name),
    }
  }),
]

/** Returns the labels of each row: for the same row the same object, whose text the client makes once. */
export function servicePortLabels(): (row: ServicePortId) => Labels {
  const labelsOfRow = new Map<ServicePortId, Labels>()
  return (row) => {
    const known = labelsOfRow.get(row)
    if (known !== undefined) return known
    const { namespace, name: service, port, protocol, family: ip_family } = row
    const labels = { namespace, service, port, protocol, ip_family }
    labelsOfRow.set(row, labels)
    return labels
  }
}
