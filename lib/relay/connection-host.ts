import type { EndpointAddress } from '../model/endpoint.ts'
import type { EntryName } from '../model/entry.ts'
import type { Counts } from './counts.ts'
import type { Leg } from './leg.ts'
import type { CloseReason, FailureReason } from './reasons.ts'
import type { RelayContext } from './relay-context.ts'
import type { TcpConnection } from './tcp-connection.ts'

/** What a connection shares with the others of its ServicePort. */
export interface ConnectionHost {
  readonly servicePort: string
  readonly entryName: EntryName
  readonly context: RelayContext
  readonly counts: Counts
  /** Opens a leg to an endpoint. */
  connect(connection: TcpConnection, target: EndpointAddress): Leg
  established(connection: TcpConnection): void
  /** A connection that reached no endpoint is over. */
  failed(connection: TcpConnection, reason: FailureReason): void
  /** A connection that reached one is over. */
  closed(connection: TcpConnection, reason: CloseReason): void
}
