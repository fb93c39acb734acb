/**
 * `get services`: every ServicePort, where it listens and what it counts; then what is not proxied, and why.
 */
import type { ProxiedStatus, ServiceStatus } from '../../lib/index.ts'
import { formatHostPort } from '../../lib/index.ts'
import { formatByteCount } from '../byte-count.ts'
import type { Column } from '../table.ts'
import type { Gone, Resource } from './resource.ts'
import { viewOf } from './resource.ts'
import { notProxiedColumns, placeColumns } from './service-columns.ts'

type NotProxiedStatus = Exclude<ServiceStatus, ProxiedStatus>

const proxiedColumns: readonly Column<Gone<ProxiedStatus>>[] = [
  ...placeColumns,
  { header: 'OPEN', cell: ({ counts }) => String(counts.open) },
  { header: 'FAILED', cell: ({ counts }) => String(sum(counts.failed)) },
  { header: 'OPENED', isWide: true, cell: ({ counts }) => String(counts.opened) },
  { header: 'DIALS', isWide: true, cell: ({ counts }) => String(counts.dialAttempts) },
  { header: 'UP', isWide: true, cell: ({ counts }) => formatByteCount(counts.bytesFromClient) },
  { header: 'DOWN', isWide: true, cell: ({ counts }) => formatByteCount(counts.bytesFromEndpoint) },
  { header: 'CLUSTER-IP', isWide: true, cell: clusterText },
  { header: 'AFFINITY', isWide: true, cell: affinityText },
  { header: 'WHY', isWide: true, cell: whyText },
  { header: 'NOTE', isWide: true, cell: noteText },
]

/** Whether it is a ServicePort. */
export function isProxied(status: Gone<ServiceStatus>): status is Gone<ProxiedStatus> {
  return !('notProxied' in status)
}

export function isNotProxied(status: Gone<ServiceStatus>): status is Gone<NotProxiedStatus> {
  return 'notProxied' in status
}

export const services: Resource<Gone<ServiceStatus>> = {
  name: 'services',
  aliases: ['service', 'svc'],
  namespace: ({ namespace }) => namespace,
  id: (status) => {
    const { namespace, name, port } = status
    const rest = isProxied(status) ? [status.protocol, status.family] : ['not proxied']
    return [namespace, name, port, ...rest].join(' ')
  },
  restless: [],
  views: [viewOf(isProxied, proxiedColumns), viewOf(isNotProxied, notProxiedColumns)],
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count = 0) => sum + count, 0)
}

function clusterText({ clusterIP, portNumber }: ProxiedStatus): string {
  return clusterIP === undefined ? '' : formatHostPort(clusterIP, portNumber)
}

function affinityText({ sessionAffinity }: ProxiedStatus): string {
  const { type } = sessionAffinity
  return type === 'None' ? type : `${type} ${sessionAffinity.timeoutSeconds}s`
}

/** What is wrong with it: why it does not listen or is not reached, why connections failed, what was lost. */
function whyText({ listeners, counts, sharedPortals = [] }: ProxiedStatus): string {
  const failures = Object.entries(counts.failed).map(([reason, count]) => `${reason} ${count}`)
  const dropped =
    counts.datagramsDropped > 0 ? [`datagrams dropped ${counts.datagramsDropped}`] : []
  const shared = sharedPortals.map(
    ({ portal, others }) => `${portal} is also of ${others.join(' and ')}`,
  )
  const errors = listeners.flatMap(({ error }) => error ?? [])
  return [...errors, ...shared, ...failures, ...dropped].join(', ')
}

/** What clients or endpoints may not expect of it. */
function noteText({ family, entries }: ProxiedStatus): string {
  // kube-proxy keeps the client's address there, and that is what most ask for with this policy.
  const isLocal = entries.some(
    ({ name, trafficPolicy }) => name !== 'internal' && trafficPolicy === 'Local',
  )
  const isForNobody = entries.some(({ sourceRanges }) => sourceRanges?.length === 0)
  return [
    ...(isLocal ? ["endpoints see the node's address, not the client's"] : []),
    ...(isForNobody ? [`no loadBalancerSourceRanges of ${family}: nobody may come in`] : []),
  ].join(', ')
}
