/**
 * ChangeCounts: how many changes of Services and of their endpoints a Proxier was told of, and when the last one came.
 *
 * @see kubernetes v1.34 pkg/proxy/metrics/metrics.go ServiceChangesTotal, EndpointChangesPending, SyncProxyRulesLastQueuedTimestamp
 */
import type { ObjectKind } from './model/objects.ts'

export interface ChangeCount {
  readonly total: number
  /** Since the last sync began. */
  readonly pending: number
}

export interface ChangeCountsView {
  readonly services: ChangeCount
  readonly endpoints: ChangeCount
  /** When the last change came that is to be programmed, in ms since 1970; `undefined` where none has. */
  readonly lastQueuedMs: number | undefined
}

export class ChangeCounts {
  #services = 0
  #endpoints = 0
  #servicesTaken = 0
  #endpointsTaken = 0
  #lastQueuedMs: number | undefined

  note(kind: ObjectKind, nowMs: number): void {
    if (kind === 'Service') this.#services++
    else if (kind !== 'Node') this.#endpoints++
    this.#lastQueuedMs = nowMs
  }

  /** A sync begins: it takes all that has come so far. */
  taken(): void {
    this.#servicesTaken = this.#services
    this.#endpointsTaken = this.#endpoints
  }

  view(): ChangeCountsView {
    return {
      services: { total: this.#services, pending: this.#services - this.#servicesTaken },
      endpoints: { total: this.#endpoints, pending: this.#endpoints - this.#endpointsTaken },
      lastQueuedMs: this.#lastQueuedMs,
    }
  }
}
