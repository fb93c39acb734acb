/**
 * The metrics that kube-proxy has too, by its names: where they mean the same, so that its dashboards and alerts go on.
 *
 * One sync serves both families here, so what is of a sync is the same for both. Its partial and full syncs, its nftables
 * and the duration of its conntrack reconciler have nothing that they could mean here.
 *
 * @see kubernetes v1.34 pkg/proxy/metrics/metrics.go
 */
import type { IPFamily } from '../address.ts'
import type { MetricDefinition, Reading, Sample } from './metric.ts'
import { histogramSamples } from './metric.ts'
import type { Probe } from './observed-events.ts'
import { programmingBoundsMs, syncBoundsMs } from './observed-events.ts'

const families: readonly IPFamily[] = ['IPv4', 'IPv6']

export const kubeProxyMetrics: readonly MetricDefinition[] = [
  {
    name: 'kubeproxy_sync_proxy_rules_duration_seconds',
    type: 'histogram',
    labels: ['ip_family'],
    help: 'How long a sync took, from its begin until new connections meet the new endpoints.',
    read: ({ events }) => {
      const counts = events.syncMs.snapshot()
      return families.flatMap((ip_family) =>
        histogramSamples({
          name: 'kubeproxy_sync_proxy_rules_duration_seconds',
          boundsMs: syncBoundsMs,
          counts,
          sharedLabels: { ip_family },
        }),
      )
    },
  },
  {
    name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
    type: 'gauge',
    labels: ['ip_family'],
    help: 'When a sync succeeded last.',
    read: ({ stats }) => time(stats.lastSyncMs),
  },
  {
    name: 'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds',
    type: 'gauge',
    labels: ['ip_family'],
    help: 'When a change came last; one that is much later than the last sync hangs.',
    read: ({ stats }) => time(stats.changes.lastQueuedMs),
  },
  {
    name: 'kubeproxy_network_programming_duration_seconds',
    type: 'histogram',
    labels: ['ip_family'],
    help: 'How long a change of endpoints took from what triggered it, as its EndpointSlice says, until it was synced.',
    read: ({ events }) =>
      families.flatMap((ip_family) =>
        histogramSamples({
          name: 'kubeproxy_network_programming_duration_seconds',
          boundsMs: programmingBoundsMs,
          counts: events.programmingMs[ip_family].snapshot(),
          sharedLabels: { ip_family },
        }),
      ),
  },
  {
    name: 'kubeproxy_sync_proxy_rules_endpoint_changes_pending',
    type: 'gauge',
    labels: [],
    help: 'Changes of EndpointSlices and Endpoints that no sync has taken yet.',
    read: ({ stats }) => [{ value: stats.changes.endpoints.pending }],
  },
  {
    name: 'kubeproxy_sync_proxy_rules_endpoint_changes_total',
    type: 'counter',
    labels: [],
    help: 'Changes of EndpointSlices and Endpoints.',
    read: ({ stats }) => [{ value: stats.changes.endpoints.total }],
  },
  {
    name: 'kubeproxy_sync_proxy_rules_service_changes_pending',
    type: 'gauge',
    labels: [],
    help: 'Changes of Services that no sync has taken yet.',
    read: ({ stats }) => [{ value: stats.changes.services.pending }],
  },
  {
    name: 'kubeproxy_sync_proxy_rules_service_changes_total',
    type: 'counter',
    labels: [],
    help: 'Changes of Services.',
    read: ({ stats }) => [{ value: stats.changes.services.total }],
  },
  {
    name: 'kubeproxy_sync_proxy_rules_no_local_endpoints_total',
    type: 'gauge',
    labels: ['ip_family', 'traffic_policy'],
    help: 'ServicePorts with a traffic policy Local whose endpoints are all on other nodes.',
    read: ({ stats }) =>
      stats.gaps.noLocal.map(({ family, trafficPolicy, count }) => {
        return { labels: { ip_family: family, traffic_policy: trafficPolicy }, value: count }
      }),
  },
  {
    name: 'kubeproxy_sync_proxy_rules_iptables_total',
    type: 'gauge',
    labels: ['ip_family', 'table'],
    help: 'With iptables: rules of ours that are installed.',
    read: (reading) => rules(reading, 'rules'),
  },
  {
    name: 'kubeproxy_sync_proxy_rules_iptables_last',
    type: 'gauge',
    labels: ['ip_family', 'table'],
    help: 'With iptables: lines that the last sync of the portals wrote.',
    read: (reading) => rules(reading, 'written'),
  },
  {
    name: 'kubeproxy_sync_proxy_rules_iptables_restore_failures_total',
    type: 'counter',
    labels: ['ip_family'],
    help: 'With iptables: syncs of the portals that iptables-restore refused.',
    read: (reading) => ofFamilies(reading, 'restoreFailures'),
  },
  {
    name: 'kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total',
    type: 'counter',
    labels: ['ip_family'],
    help: 'With iptables: changes that others had made impossible; the rules were read and changed again at once.',
    read: (reading) => ofFamilies(reading, 'partialRestoreFailures'),
  },
  {
    name: 'kubeproxy_conntrack_reconciler_deleted_entries_total',
    type: 'counter',
    labels: ['ip_family'],
    help: 'With iptables: UDP flows that the kernel was told to forget, so that they take their new path.',
    read: (reading) => ofFamilies(reading, 'deletedUdpFlows'),
  },
  {
    name: 'kubeproxy_proxy_healthz_total',
    type: 'counter',
    labels: ['code'],
    help: 'Answers to /healthz.',
    read: (reading) => probeSamples(reading, 'healthz'),
  },
  {
    name: 'kubeproxy_proxy_livez_total',
    type: 'counter',
    labels: ['code'],
    help: 'Answers to /livez.',
    read: (reading) => probeSamples(reading, 'livez'),
  },
]

/** None where it has never been. */
function time(ms: number | undefined): Sample[] {
  if (ms === undefined) return []
  return families.map((ip_family) => ({ labels: { ip_family }, value: ms / 1000 }))
}

function rules({ stats }: Reading, field: 'rules' | 'written'): Sample[] {
  const rows = stats.portals?.rules ?? []
  return rows.map(({ family, table, ...row }) => {
    return { labels: { ip_family: family, table }, value: row[field] }
  })
}

type FamilyCount = 'restoreFailures' | 'partialRestoreFailures' | 'deletedUdpFlows'

function ofFamilies({ stats }: Reading, field: FamilyCount): Sample[] {
  const counts = stats.portals?.[field]
  if (counts === undefined) return []
  return families.map((ip_family) => ({ labels: { ip_family }, value: counts[ip_family] }))
}

/** One for each code that there can be. */
export function probeSamples({ events }: Reading, probe: Probe): Sample[] {
  return [200, 503].map((code) => ({ labels: { code }, value: events.probes(probe, code) }))
}
