/**
 * What goes between the main thread and a worker thread. Plain data, but for the cells that all threads share.
 */
import type { RelayOptions } from '../../options.ts'
import type { Protocol } from '../../model/service-port-name.ts'
import type {
  ClosedConnectionInfo,
  ConnectionInfo,
  LateReply,
  Legacy,
  ListenerStatus,
} from '../data-plane.ts'

/** What a worker thread begins with. */
export interface WorkerInit {
  readonly index: number
  readonly options: RelayOptions
  /** Clients wait until `takeOver`. */
  readonly isSuccessor: boolean
  /** Of the DescriptorBudget: the limit of all threads together. */
  readonly descriptorLimit: number
  readonly cells: SharedCells
}

/** Memory that all threads of one data plane have in common. */
export interface SharedCells {
  /** Pairs of Int32; see `BudgetCells`. */
  readonly budget: SharedArrayBuffer
  /** One BigInt64: the id given last to a connection. */
  readonly lastId: SharedArrayBuffer
  /** One Int32: whether anybody wants the events of connections. */
  readonly watches: SharedArrayBuffer
}

/** To a worker. */
export interface WorkerCall {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** From a worker. */
export type WorkerNews =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'listener'; readonly key: string; readonly status: ListenerStatus }
  | { readonly type: 'connection'; readonly info: ConnectionInfo }
  | { readonly type: 'close'; readonly info: ClosedConnectionInfo }
  | { readonly type: 'late-reply'; readonly reply: LateReply }
  | { readonly type: 'legacy'; readonly legacy: Partial<Legacy> }

/** A listener of another thread, which an endpoint must not be. */
export interface ForeignListener {
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
  readonly isBound: boolean
}
