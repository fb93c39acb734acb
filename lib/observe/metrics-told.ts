/**
 * Metrics of what is told to others as it happens: the lines of the connection log, and Events of Kubernetes.
 */
import type { MetricDefinition, Sample } from './metric.ts'

export const toldMetrics: readonly MetricDefinition[] = [
  {
    name: 'userspace_proxy_connection_log_lines_total',
    type: 'counter',
    labels: ['result'],
    help: 'With --connection-log: lines that were written, and those that were lost.',
    read: ({ connectionLog }) =>
      connectionLog === undefined
        ? []
        : byResult({ written: connectionLog.written, lost: connectionLog.lost }),
  },
  {
    name: 'userspace_proxy_kubernetes_events_total',
    type: 'counter',
    labels: ['result'],
    help: 'In a cluster: Events that were written, those that could not be (dropped) and those there were too many of (suppressed).',
    read: ({ kubernetesEvents }) =>
      kubernetesEvents === undefined ? [] : byResult({ ...kubernetesEvents.counts }),
  },
]

function byResult(counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([result, value]) => ({ labels: { result }, value }))
}
