/**
 * BalancerView: what a ServiceBalancer knows and would do next for one client, as plain data. For `explain`.
 */
import type { DeferralView } from './deferral.ts'
import type { PinView } from './session-affinity.ts'

export interface BalancerView {
  /** Where the client is pinned to; `null` where it is not. */
  readonly pin: PinView | null
  /** All that may get new connections, sorted by key. */
  readonly endpoints: readonly EndpointView[]
  readonly next: NextEndpoint
}

export interface EndpointView extends DeferralView {
  readonly key: string
  /** Whether it is a listener of this process: it is passed over, since a dial to it would dial itself. */
  readonly isLoop: boolean
}

/**
 * The endpoint that a new connection dials first, and why it: the client is `pinned` to it, or it is its `turn` in what the
 * scheduler says.
 */
export type NextEndpoint =
  | { readonly endpoint: string; readonly why: 'pinned' | 'turn' }
  | { readonly endpoint: null; readonly why: NoNext }

/** Why no endpoint comes next, as in the reasons of failures. `unknown`: there is one, and only the scheduler knows which. */
export type NoNext = 'no-endpoint' | 'loop' | 'source-range' | 'unknown'
