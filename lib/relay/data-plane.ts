/**
 * DataPlane: the seam between the two planes. All that crosses it is plain, structured-cloneable data, so that the
 * same data plane can run in this process or in worker threads without the control plane knowing.
 */
import type { IPFamily } from '../address.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
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
  readonly bytesFromClient: number
  readonly bytesFromEndpoint: number
  /** UDP: datagrams of open flows that could not be passed on. */
  readonly datagramsDropped: number
}

export interface ProxySocketStatus {
  readonly key: string
  readonly listeners: readonly ListenerStatus[]
  readonly counts: ProxySocketCounts
}

/** One connection or UDP flow that is open now, or has just ended. */
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
  /** `address:port`, or `''` while none is reached. */
  readonly endpoint: string
  readonly state: 'dialing' | 'established' | 'client-ended' | 'endpoint-ended' | 'closed'
  /** Dials, the successful one included. */
  readonly attempts: number
  readonly ageMs: number
  readonly bytesFromClient: number
  readonly bytesFromEndpoint: number
  /** Set once `state` is `closed`. */
  readonly reason?: CloseReason | FailureReason
}

/** What a data plane tells on its own. Each may be called at any time, also within `apply`. */
export interface DataPlaneEvents {
  /** A listener of a ServicePort was bound, lost or could not be bound. */
  listener(key: string, status: ListenerStatus): void
  /** A connection or flow has reached an endpoint. Called only where `watchesConnections()`. */
  connection(info: ConnectionInfo): void
  /** A connection or flow is over, or never came to be. Called only where `watchesConnections()`. */
  close(info: ConnectionInfo): void
  /** A scheduler that was passed in has thrown; told once for each ServicePort. */
  fault(servicePort: string, error: unknown): void
  /** Whether anybody wants the two events above: building their data costs something on the hot path. */
  watchesConnections(): boolean
}

export interface DataPlane {
  /** Resolves when every new listener has been tried once. Never rejects: a listener that fails is retried. */
  apply(changes: DataPlaneChanges): Promise<void>
  stats(): Promise<readonly ProxySocketStatus[]>
  connections(): Promise<readonly ConnectionInfo[]>
  /** Stops listening; connections may end by themselves for `graceMs`, then they are reset. Idempotent. */
  close(options: { graceMs: number }): Promise<void>
}
