/** Counts: what a proxy socket counts. Mutable, one for each; a snapshot of it crosses the seam. */
import type { ProxySocketCounts } from './data-plane.ts'
import type { CloseReason, FailureReason } from './reasons.ts'

export class Counts {
  opened = 0
  open = 0
  dialAttempts = 0
  bytesFromClient = 0
  bytesFromEndpoint = 0
  datagramsDropped = 0
  readonly #failed: Partial<Record<FailureReason, number>> = {}
  readonly #closed: Partial<Record<CloseReason, number>> = {}

  /** Counts a connection that was open (accepted, being dialled) and never reached an endpoint. */
  fail(reason: FailureReason): void {
    this.open--
    this.#failed[reason] = (this.#failed[reason] ?? 0) + 1
  }

  /** Counts the end of a connection that had reached an endpoint. */
  close(reason: CloseReason): void {
    this.open--
    this.#closed[reason] = (this.#closed[reason] ?? 0) + 1
  }

  /** Counts a connection that begins. */
  begin(): void {
    this.opened++
    this.open++
  }

  snapshot(): ProxySocketCounts {
    return {
      opened: this.opened,
      open: this.open,
      dialAttempts: this.dialAttempts,
      bytesFromClient: this.bytesFromClient,
      bytesFromEndpoint: this.bytesFromEndpoint,
      datagramsDropped: this.datagramsDropped,
      failed: { ...this.#failed },
      closed: { ...this.#closed },
    }
  }
}
