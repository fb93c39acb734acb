/**
 * ProxySocket: accepts for one ServicePort. The interface that the data plane drives; TCP and UDP implement it.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxysocket.go
 */
import type { ListenAddress, ListenRole } from '../model/listen-address.ts'
import type { Counts } from './counts.ts'
import type {
  ClientView,
  ConnectionInfo,
  EndpointCounts,
  LateReply,
  ProxySocketSpec,
  ProxySocketStatus,
  SocketPins,
} from './data-plane.ts'

export interface ProxySocket {
  readonly counts: Counts
  /** Obeys a new spec of the same key and protocol. Resolves when each new listener was tried once. */
  update(spec: ProxySocketSpec): Promise<void>
  /** Closes the listeners that are not among these: before an `update` of another proxy socket, which may want their ports. */
  keepOnly(listen: readonly ListenAddress[]): void
  /** Closes the listeners, or all but those of one role. Open connections go on; UDP flows cannot without their listener, and end. */
  stopListening(but?: ListenRole): void
  status(): ProxySocketStatus
  /** Connections or flows that are open. */
  readonly open: number
  connections(): readonly ConnectionInfo[]
  endpointCounts(): EndpointCounts[]
  /** See `DataPlane.explain`. */
  explain(clientAddress: string): ClientView
  /** Closes the listeners. UDP flows go on for a moment, and their replies are told. */
  handOver(onLateReply: (reply: LateReply) => void): void
  /** UDP: sends a reply that the process before this one has got. */
  replyLate?(reply: LateReply): void
  /** The pins of its clients. */
  pins(): readonly SocketPins[]
  restorePins(pins: SocketPins): void
  /** Ends by force all that is open. */
  abort(): void
}
