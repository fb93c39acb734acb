/**
 * DataPlane: the seam between the two planes. All that crosses it is plain, structured-cloneable data, so that the
 * same data plane can run in this process or in worker threads without the control plane knowing.
 */
import type { IPFamily } from '../address.ts'
import type { BalancerView } from '../balance/balancer-view.ts'
import type { PinRecord } from '../balance/session-affinity.ts'
import type { HistogramCounts } from '../histogram.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { EntryName } from '../model/entry.ts'
import type { BoundListener, ListenAddress } from '../model/listen-address.ts'
import type { SessionAffinity } from '../model/objects.ts'
import type { Protocol } from '../model/service-port-name.ts'
import type { CloseReason, FailureReason } from './reasons.ts'

/** What one proxy socket has to do. */
export interface ProxySocketSpec {
  /** See `entryKey`. */
  readonly key: string
  /** `namespace/name:port`, for people. */
  readonly servicePort: string
  readonly protocol: Protocol
  readonly listen: readonly ListenAddress[]
  /** Usable endpoints, sorted by key. */
  readonly endpoints: readonly EndpointAddress[]
  readonly sessionAffinity: SessionAffinity
  /** CIDRs of the clients that may come in; all others are reset. Absent: anyone may. */
  readonly sourceRanges?: readonly string[] | undefined
  /** Clients within these CIDRs get endpoints of their own. */
  readonly inside?: InsideSpec | undefined
}

export interface InsideSpec {
  readonly cidrs: readonly string[]
  /** Sorted by key. */
  readonly endpoints: readonly EndpointAddress[]
}

export interface DataPlaneChanges {
  readonly set: readonly ProxySocketSpec[]
  /** Keys whose listeners close. Their established connections live on. */
  readonly removed: readonly string[]
  /** Keys that are to be removed soon: what was redirected to them before the rules change is still served. */
  readonly leaving?: readonly string[]
}

export interface ListenerStatus extends Omit<BoundListener, 'port'> {
  /** The port that is bound, or 0 while none is. */
  readonly port: number
  /** Why no port is bound: `EADDRINUSE: 127.0.0.1:80 is taken`; tried again with growing pauses. */
  readonly error: string | undefined
}

/** Counts since the proxy socket was made. `opened` is always the sum of `open`, all `failed` and all `closed`. */
export interface ProxySocketCounts {
  readonly opened: number
  readonly open: number
  /** Connections that never reached an endpoint, by reason. */
  readonly failed: Readonly<Partial<Record<FailureReason, number>>>
  /** Connections that reached one and are over, by reason. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>
  readonly dialAttempts: number
  /** Those that were not the first of their connection. */
  readonly dialRetries: number
  readonly bytesFromClient: number
  readonly bytesFromEndpoint: number
  /** UDP: datagrams that came in, whether they could be passed on or not. */
  readonly datagramsFromClient: number
  readonly datagramsFromEndpoint: number
  /** UDP: datagrams of open flows that could not be passed on. */
  readonly datagramsDropped: number
  /** TCP: how long the dials took that reached their endpoint, in the buckets of `dialBoundsMs`. */
  readonly dialMs: HistogramCounts
}

export interface ProxySocketStatus {
  readonly key: string
  readonly listeners: readonly ListenerStatus[]
  readonly counts: ProxySocketCounts
}

/** What one endpoint means to one proxy socket. */
export interface EndpointCounts {
  /** Of the proxy socket. */
  readonly key: string
  /** Key of the endpoint. */
  readonly endpoint: string
  /** Connections that have reached it and are open, and flows to it. */
  readonly open: number
  /** Dials for whose failure it is to blame; of the last 1,000 endpoints that failed. */
  readonly failedDials: number
}

export interface DataPlaneTotals {
  /** Of all proxy sockets that there are and ever were: no count but `open` ever falls. */
  readonly counts: ProxySocketCounts
  /** File descriptors that connections and listeners hold, and may hold (`Infinity` where nothing limits them). */
  readonly descriptors: { readonly used: number; readonly limit: number }
}

/** One connection or UDP flow. */
export interface ConnectionInfo {
  /** Unique in this process, in the order of their beginning. */
  readonly id: number
  /** `namespace/name:port`. */
  readonly servicePort: string
  readonly protocol: Protocol
  readonly family: IPFamily
  /** `address:port`. */
  readonly client: string
  /** `address:port` that the client reached, as this process sees it: behind a redirect, the proxy port. */
  readonly entry: string
  readonly entryName: EntryName
  /** `address:port`, or `''` while none is reached. */
  readonly endpoint: string
  readonly state: 'dialing' | 'established' | 'client-ended' | 'endpoint-ended' | 'closed'
  /** Dials, the successful one included. */
  readonly attempts: number
  readonly ageMs: number
  readonly bytesFromClient: number
  readonly bytesFromEndpoint: number
  /** Who ended its direction first; absent while nobody has. */
  readonly endedFirst?: 'client' | 'endpoint'
  /** Set once `state` is `closed`. */
  readonly reason?: CloseReason | FailureReason
}

/** One connection or UDP flow that is over, or never came to be. */
export interface ClosedConnectionInfo extends ConnectionInfo {
  readonly state: 'closed'
  readonly reason: CloseReason | FailureReason
  /** When, in whole ms since 1970. */
  readonly endedMs: number
}

/** What a client of one proxy socket has to expect, as of now. */
export interface ClientView extends BalancerView {
  /** Whether it may come in, by the source ranges; `null` where no client was named and that depends on it. */
  readonly isAdmitted: boolean | null
  /** Whether it has the endpoints of `inside`. */
  readonly isInside: boolean
}

/** The session affinity of one proxy socket, as the next process goes on with it. */
export interface SocketPins {
  /** Of the proxy socket. */
  readonly key: string
  /** Whether these are clients of `inside`. */
  readonly isInside: boolean
  /** The oldest first. */
  readonly pins: readonly PinRecord[]
}

/** What a data plane has come to know, for another one that takes its place in the same process. */
export interface Legacy {
  /** Of ServicePorts that were ever used. */
  readonly counts: readonly LegacyCounts[]
  readonly pins: readonly SocketPins[]
}

export interface LegacyCounts {
  /** `''`: of ServicePorts that are long gone. */
  readonly servicePortKey: string
  readonly counts: ProxySocketCounts
  readonly failedDials: readonly (readonly [endpointKey: string, times: number])[]
}

/** UDP: what an endpoint answers to a request that came by a listener of the process before. */
export interface LateReply {
  /** Of the proxy socket. */
  readonly key: string
  /** Of the listener. */
  readonly address: string
  readonly port: number
  readonly clientAddress: string
  readonly clientPort: number
  readonly datagram: Uint8Array
}

/** What a data plane tells on its own. Each may be called at any time, also within `apply`. */
export interface DataPlaneEvents {
  /** A listener of a ServicePort was bound, lost or could not be bound. */
  listener(key: string, status: ListenerStatus): void
  /** A connection or flow has reached an endpoint. Called only where anybody watches, and beginnings too. */
  connection(info: ConnectionInfo): void
  /**
   * A connection or flow is over: told within 50 ms, many at a time. Or it reached no endpoint: told at once. Called only
   * of those that ended while `watchesConnections()`.
   */
  close(info: ClosedConnectionInfo): void
  /** A scheduler that was passed in has thrown; told once for each ServicePort. */
  fault?(servicePort: string, error: unknown): void
  /** Of a data plane with threads: one was lost, with so many connections and flows. It is replaced. */
  workerLost?(worker: number, open: number, error: Error): void
  /** Whether anybody wants the events of connections: building their data costs something on the hot path. */
  watchesConnections(): boolean
  /** Whether anybody wants `connection` too; the connection log wants only `close`. Absent: who wants one wants both. */
  watchesBeginnings?(): boolean
}

export interface DataPlane {
  /** Worker threads that are gone and not replaced yet. */
  readonly lostWorkers: number
  /** What `watchesConnections` returns may have changed. */
  watchesChanged(): void
  /** Resolves when every new listener has been tried once. Never rejects: a listener that fails is retried. */
  apply(changes: DataPlaneChanges): Promise<void>
  /** Also of those that were removed and whose connections live on: they have no listeners. */
  stats(): Promise<readonly ProxySocketStatus[]>
  /** Of the same moment as `stats` called in the same turn. */
  totals(): Promise<DataPlaneTotals>
  /** Of all endpoints with an open connection or a failed dial. Walks all connections. */
  endpointCounts(): Promise<readonly EndpointCounts[]>
  connections(): Promise<readonly ConnectionInfo[]>
  /**
   * What a new connection of a client would meet; nothing changes by it. `undefined` of a proxy socket that is not there.
   *
   * @param clientAddress canonical; `''`: of no client in particular
   */
  explain(key: string, clientAddress: string): Promise<ClientView | undefined>
  /**
   * Stops listening, and returns the pins of all clients, or the newest 100,000 of them. Connections go on until `close`.
   *
   * @param onLateReply is told what comes for UDP clients in the next 5 s: only the next process can send it
   */
  handOver(onLateReply: (reply: LateReply) => void): Promise<readonly SocketPins[]>
  /** Takes over pins, then lets in who waits since this data plane was made with `isSuccessor`. */
  takeOver(pins: readonly SocketPins[]): Promise<void>
  /** Sends a reply that the process before this one has got. */
  replyLate(reply: LateReply): void
  /** Stops listening; connections may end by themselves for `graceMs`, then they are reset. Idempotent. */
  close(options: { graceMs: number }): Promise<void>
}
