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

/** The counts of two proxy sockets together. */
export function sumOfCounts(a: ProxySocketCounts, b: ProxySocketCounts): ProxySocketCounts {
  return {
    opened: a.opened + b.opened,
    open: a.open + b.open,
    dialAttempts: a.dialAttempts + b.dialAttempts,
    bytesFromClient: a.bytesFromClient + b.bytesFromClient,
    bytesFromEndpoint: a.bytesFromEndpoint + b.bytesFromEndpoint,
    datagramsDropped: a.datagramsDropped + b.datagramsDropped,
    failed: sumByReason(a.failed, b.failed),
    closed: sumByReason(a.closed, b.closed),
  }
}

function sumByReason<Reason extends string>(
  a: Readonly<Partial<Record<Reason, number>>>,
  b: Readonly<Partial<Record<Reason, number>>>,
): Partial<Record<Reason, number>> {
  const sum: Partial<Record<Reason, number>> = { ...a }
  for (const [reason, count] of Object.entries(b) as [Reason, number][])
    sum[reason] = (sum[reason] ?? 0) + count
  return sum
}
