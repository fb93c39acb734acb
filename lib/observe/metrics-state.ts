/**
 * The other metrics of our own: what state the proxy and its process are in, and, where wanted, each endpoint.
 */
import type { EndpointStats } from '../endpoint-stats.ts'
import { servicePortLabelNames } from './metrics-connections.ts'
import { probeSamples } from './metrics-kube-proxy.ts'
import type { MetricDefinition, Reading, Sample } from './metric.ts'
import { histogramSamples } from './metric.ts'
import { syncBoundsMs } from './observed-events.ts'

export const stateMetrics: readonly MetricDefinition[] = [
  {
    name: 'userspace_proxy_endpoint_connections_open',
    type: 'gauge',
    labels: [...servicePortLabelNames, 'endpoint'],
    help: 'With --metrics-per-endpoint: connections that have reached an endpoint and are open, and UDP flows to it.',
    read: (reading) => ofEndpoints(reading, 'open'),
  },
  {
    name: 'userspace_proxy_endpoint_failed_dials_total',
    type: 'counter',
    labels: [...servicePortLabelNames, 'endpoint'],
    help: 'With --metrics-per-endpoint: dials for whose failure an endpoint is to blame; of the last 1,000 that failed.',
    read: (reading) => ofEndpoints(reading, 'failedDials'),
  },
  {
    name: 'userspace_proxy_endpoints_left_out',
    type: 'gauge',
    labels: [],
    help: 'With --metrics-per-endpoint: endpoints that have no series, because there are too many.',
    read: ({ stats, maxEndpoints }) => [
      { value: Math.max(0, stats.endpoints.length - maxEndpoints) },
    ],
  },
  {
    name: 'userspace_proxy_service_ports',
    type: 'gauge',
    labels: [],
    help: 'ServicePorts that are proxied, one for each family.',
    read: ({ stats }) => [{ value: stats.servicePorts.length }],
  },
  {
    name: 'userspace_proxy_refused_endpoints',
    type: 'gauge',
    labels: [],
    help: 'Endpoints that are never dialled because of their address: loopback, link-local, a portal, ….',
    read: ({ stats }) => [{ value: stats.gaps.refused }],
  },
  {
    name: 'userspace_proxy_listeners',
    type: 'gauge',
    labels: ['state'],
    help: 'Addresses that are listened on (bound), and those that should be (unbound).',
    read: ({ stats }) => {
      const listeners = stats.servicePorts.flatMap(({ listeners }) => listeners)
      const bound = listeners.filter(({ port }) => port > 0).length
      return [
        { labels: { state: 'bound' }, value: bound },
        { labels: { state: 'unbound' }, value: listeners.length - bound },
      ]
    },
  },
  {
    name: 'userspace_proxy_portal_sync_duration_seconds',
    type: 'histogram',
    labels: [],
    help: 'How long it took until the portals led to the proxy sockets: rules, routes.',
    read: ({ events }) =>
      histogramSamples({
        name: 'userspace_proxy_portal_sync_duration_seconds',
        boundsMs: syncBoundsMs,
        counts: events.portalSyncMs.snapshot(),
      }),
  },
  {
    name: 'userspace_proxy_problems_total',
    type: 'counter',
    labels: ['code'],
    help: 'Problems that were told, by code of the error.',
    read: ({ events }) =>
      [...events.problems].map(([code, value]) => ({ labels: { code }, value })),
  },
  {
    name: 'userspace_proxy_source_live',
    type: 'gauge',
    labels: [],
    help: 'Whether changes of Services are heard of, 0 or 1; of a cluster only.',
    read: ({ stats: { source } }) =>
      source === undefined ? [] : [{ value: Number(source.isLive) }],
  },
  {
    name: 'userspace_proxy_readyz_total',
    type: 'counter',
    labels: ['code'],
    help: 'Answers to /readyz.',
    read: (reading) => probeSamples(reading, 'readyz'),
  },
  {
    name: 'userspace_proxy_descriptors_used',
    type: 'gauge',
    labels: [],
    help: 'File descriptors that connections, flows and listeners hold.',
    read: ({ stats }) => [{ value: stats.totals.descriptors.used }],
  },
  {
    name: 'userspace_proxy_descriptors_limit',
    type: 'gauge',
    labels: [],
    help: 'File descriptors that they may hold; what would be more is refused, with the reason descriptors.',
    read: ({ stats }) => [{ value: stats.totals.descriptors.limit }],
  },
  {
    name: 'userspace_proxy_event_loop_delay_seconds',
    type: 'summary',
    labels: [],
    help: 'By how much the event loop is late; the quantiles since the last reading, 1 is the longest.',
    read: ({ process: { eventLoopDelay } }) => {
      const name = 'userspace_proxy_event_loop_delay_seconds'
      const { quantiles, sumSeconds, count } = eventLoopDelay
      return [
        ...quantiles.map(([quantile, value]) => ({ labels: { quantile }, value })),
        { metricName: `${name}_sum`, value: sumSeconds },
        { metricName: `${name}_count`, value: count },
      ]
    },
  },
  {
    name: 'userspace_proxy_build_info',
    type: 'gauge',
    labels: ['version', 'node'],
    help: 'Always 1: the version of this program, and of Node.',
    read: ({ version }) => [{ labels: { version, node: process.version }, value: 1 }],
  },
  {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    labels: [],
    help: 'CPU time of the process, user and system.',
    read: ({ process }) => [{ value: process.cpuSeconds }],
  },
  {
    name: 'process_start_time_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the process started, since 1970.',
    read: ({ process }) => [{ value: process.startSeconds }],
  },
  {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Memory of the process.',
    read: ({ process }) => [{ value: process.residentBytes }],
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    labels: [],
    help: 'Memory that JavaScript objects take.',
    read: ({ process }) => [{ value: process.heapBytes }],
  },
  {
    name: 'nodejs_external_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Memory outside of the heap that JavaScript objects hold: buffers.',
    read: ({ process }) => [{ value: process.externalBytes }],
  },
  {
    name: 'process_open_fds',
    type: 'gauge',
    labels: [],
    help: 'File descriptors that are open; on Linux.',
    read: ({ process: { descriptors } }) => (descriptors ? [{ value: descriptors.open }] : []),
  },
  {
    name: 'process_max_fds',
    type: 'gauge',
    labels: [],
    help: 'File descriptors that may be open; on Linux.',
    read: ({ process: { descriptors } }) => (descriptors ? [{ value: descriptors.limit }] : []),
  },
]

/** Always the same ones first, so that no series comes and goes because there are too many. */
function ofEndpoints(
  { stats, maxEndpoints, labelsOf }: Reading,
  field: 'open' | 'failedDials',
): Sample[] {
  return stats.endpoints.slice(0, maxEndpoints).map((row: EndpointStats) => {
    const { endpoint } = row
    return { labels: { endpoint }, sharedLabels: labelsOf(row), value: row[field] }
  })
}
