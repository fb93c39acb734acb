/**
 * What a Proxier shows of itself, as plain data: the rows that `get` prints and the admin surface serves.
 */
import type { IPFamily } from './address.ts'
import type { EntryName, TrafficPolicy, Way } from './model/entry.ts'
import { entryKey, entryNames } from './model/entry.ts'
import type { SessionAffinity } from './model/objects.ts'
import type { Protocol } from './model/service-port-name.ts'
import type { DesiredEntry, DesiredServicePort, NotProxied } from './model/service-port.ts'
import { noCounts, sumOfCounts } from './relay/counts.ts'
import type { ListenerStatus, ProxySocketCounts, ProxySocketStatus } from './relay/data-plane.ts'

/** What tells a ServicePort from all others. */
export interface ServicePortId {
  readonly namespace: string
  readonly name: string
  /** Name of the port; `''` where it has none. */
  readonly port: string
  readonly protocol: Protocol
  readonly family: IPFamily
}

export interface ProxiedStatus extends ServicePortId {
  readonly clusterIP: string | undefined
  /** The port number that the Service declares. */
  readonly portNumber: number
  /** 0 where there is none. */
  readonly nodePort: number
  readonly sessionAffinity: SessionAffinity
  readonly listeners: readonly ListenerStatus[]
  /** For clients of the cluster IP; `entries` has the others. */
  readonly endpoints: { readonly usable: number; readonly total: number }
  /** One for each way in that has a policy of its own; the first is for the cluster IP. */
  readonly entries: readonly EntryStatus[]
  readonly counts: ProxySocketCounts
  /** Portals that other Services have too, and which these are: only one of them can be served. Absent: none is. */
  readonly sharedPortals?: readonly {
    readonly portal: string
    readonly others: readonly string[]
  }[]
}

export interface EntryStatus {
  readonly name: EntryName
  readonly ways: readonly Way[]
  readonly trafficPolicy: TrafficPolicy
  /** CIDRs of the clients that may come in; `null`: anyone. */
  readonly sourceRanges: readonly string[] | null
  readonly usable: number
}

/** One row of `get services`: a ServicePort, or something that is not proxied and why. */
export type ServiceStatus = ProxiedStatus | (NotProxied & { readonly notProxied: true })

/** One row of `get endpoints`. */
export interface EndpointStatus extends ServicePortId {
  readonly address: string
  readonly endpointPort: number
  readonly targetName: string | undefined
  readonly nodeName: string | undefined
  /** By the first entry. */
  readonly isUsable: boolean
  /** Why it gets no new connections, or `''`. */
  readonly reason: string
  /** The entries by which it gets new connections. */
  readonly usableBy: readonly EntryName[]
  /** Why the others leave it out; `usableBy` and these are all entries there are. */
  readonly leftOutBy: readonly { readonly entry: EntryName; readonly reason: string }[]
}

function servicePortId({ servicePort }: DesiredServicePort): ServicePortId {
  const { namespace, name, port, protocol } = servicePort.name
  return { namespace, name, port, protocol, family: servicePort.family }
}

/** Joins what is wanted with what the data plane says of it. */
export function serviceStatuses(
  desired: readonly DesiredServicePort[],
  sockets: readonly ProxySocketStatus[],
): ProxiedStatus[] {
  const byKey = new Map(sockets.map((socket) => [socket.key, socket]))
  return desired.map((row) => {
    const { servicePort, entries } = row
    const [{ usable, leftOut }] = entries
    // Also of an entry that is no more, for as long as it has connections: its counts are not to vanish with it.
    const own = entryNames.flatMap((name) => byKey.get(entryKey(servicePort.key, name)) ?? [])
    const [counts = noCounts, ...more] = own.map(({ counts }) => counts)
    return {
      ...servicePortId(row),
      clusterIP: servicePort.clusterIP,
      portNumber: servicePort.port,
      nodePort: servicePort.nodePort,
      sessionAffinity: servicePort.sessionAffinity,
      listeners: own.flatMap(({ listeners }) => listeners),
      endpoints: { usable: usable.length, total: usable.length + leftOut.length },
      entries: entryStatuses(row),
      counts: more.reduce(sumOfCounts, counts),
    }
  })
}

function entryStatuses({ servicePort, entries }: DesiredServicePort): EntryStatus[] {
  return servicePort.entries.map(({ name, ways, trafficPolicy, sourceRanges }, index) => ({
    name,
    ways,
    trafficPolicy,
    sourceRanges: sourceRanges ?? null,
    usable: (entries[index] as DesiredEntry).usable.length,
  }))
}

/** All endpoints of all ServicePorts, the usable ones first. */
export function endpointStatuses(desired: readonly DesiredServicePort[]): EndpointStatus[] {
  return desired.flatMap((row) => {
    const id = servicePortId(row)
    const [{ usable, leftOut }] = row.entries
    const all = [...usable.map((endpoint) => ({ endpoint, reason: '' })), ...leftOut]
    return all.map(({ endpoint, reason }) => ({
      ...id,
      address: endpoint.address,
      endpointPort: endpoint.port,
      targetName: endpoint.targetName,
      nodeName: endpoint.nodeName,
      isUsable: reason === '',
      reason,
      usableBy: row.entries
        .filter(({ usable }) => usable.some(({ key }) => key === endpoint.key))
        .map(({ name }) => name),
      leftOutBy: row.entries.flatMap(({ name, leftOut }) =>
        leftOut
          .filter((left) => left.endpoint.key === endpoint.key)
          .map(({ reason }) => ({ entry: name, reason })),
      ),
    }))
  })
}
