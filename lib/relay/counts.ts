/** Counts: what a proxy socket counts. Mutable, one for each; a snapshot of it crosses the seam. */
import type { HistogramCounts } from '../histogram.ts'
import { Histogram, noValues } from '../histogram.ts'
import type { ProxySocketCounts } from './data-plane.ts'
import type { CloseReason, FailureReason } from './reasons.ts'

/** Buckets of `dialMs`, in ms: within a machine, a rack, a zone, a region; above, the dial timeouts. */
export const dialBoundsMs: readonly number[] = Object.freeze([
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2000,
])

/** Endpoints of a proxy socket whose failed dials are remembered; the one that failed first makes room. */
const mostFailedEndpoints = 1000

export class Counts {
  opened = 0
  open = 0
  dialAttempts = 0
  dialRetries = 0
  bytesFromClient = 0
  bytesFromEndpoint = 0
  datagramsFromClient = 0
  datagramsFromEndpoint = 0
  datagramsDropped = 0
  readonly #failed: Partial<Record<FailureReason, number>> = {}
  readonly #closed: Partial<Record<CloseReason, number>> = {}
  /** Made with the first dial: of 10,000 Services most are never used. */
  #dialMs: Histogram | undefined
  #failedDials: Map<string, number> | undefined

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

  /** Counts a dial that has reached its endpoint, after so long. */
  dialled(durationMs: number): void {
    this.#dialMs ??= new Histogram(dialBoundsMs)
    this.#dialMs.observe(durationMs)
  }

  /** Counts a dial for whose failure the endpoint is to blame. */
  dialFailed(endpointKey: string, times = 1): void {
    this.#failedDials ??= new Map()
    const failed = this.#failedDials
    const before = failed.get(endpointKey)
    if (before === undefined && failed.size >= mostFailedEndpoints) {
      failed.delete(failed.keys().next().value as string)
    }
    failed.set(endpointKey, (before ?? 0) + times)
  }

  /** Failed dials by key of the endpoint. */
  get failedDials(): ReadonlyMap<string, number> {
    return this.#failedDials ?? none
  }

  /** Takes over what another proxy socket has counted, one that is gone or that a sum is made of. */
  add(other: Counts): void {
    for (const name of fields) this[name] += other[name]
    addByReason(this.#failed, other.#failed)
    addByReason(this.#closed, other.#closed)
    if (other.#dialMs !== undefined) {
      this.#dialMs ??= new Histogram(dialBoundsMs)
      this.#dialMs.add(other.#dialMs.snapshot())
    }
    for (const [key, times] of other.failedDials) this.dialFailed(key, times)
  }

  /** Takes over a snapshot, from another thread. */
  addSnapshot({ dialMs, failed, closed, ...others }: ProxySocketCounts): void {
    for (const name of fields) this[name] += others[name]
    addByReason(this.#failed, failed)
    addByReason(this.#closed, closed)
    if (dialMs.counts.length === 0) return
    this.#dialMs ??= new Histogram(dialBoundsMs)
    this.#dialMs.add(dialMs)
  }

  snapshot(): ProxySocketCounts {
    return {
      opened: this.opened,
      open: this.open,
      dialAttempts: this.dialAttempts,
      dialRetries: this.dialRetries,
      bytesFromClient: this.bytesFromClient,
      bytesFromEndpoint: this.bytesFromEndpoint,
      datagramsFromClient: this.datagramsFromClient,
      datagramsFromEndpoint: this.datagramsFromEndpoint,
      datagramsDropped: this.datagramsDropped,
      failed: { ...this.#failed },
      closed: { ...this.#closed },
      dialMs: this.#dialMs?.snapshot() ?? noValues,
    }
  }
}

const none: ReadonlyMap<string, number> = new Map()

const fields = [
  'opened',
  'open',
  'dialAttempts',
  'dialRetries',
  'bytesFromClient',
  'bytesFromEndpoint',
  'datagramsFromClient',
  'datagramsFromEndpoint',
  'datagramsDropped',
] as const

/** What has counted nothing. */
export const noCounts: ProxySocketCounts = Object.freeze(new Counts().snapshot())

/** The counts of two proxy sockets together. */
export function sumOfCounts(a: ProxySocketCounts, b: ProxySocketCounts): ProxySocketCounts {
  const sum = {
    ...a,
    failed: addByReason({ ...a.failed }, b.failed),
    closed: addByReason({ ...a.closed }, b.closed),
    dialMs: sumOfTimes(a.dialMs, b.dialMs),
  }
  for (const name of fields) sum[name] += b[name]
  return sum
}

function sumOfTimes(a: HistogramCounts, b: HistogramCounts): HistogramCounts {
  if (a.counts.length === 0) return b
  const sum = new Histogram(dialBoundsMs)
  sum.add(a)
  sum.add(b)
  return sum.snapshot()
}

function addByReason<Reason extends string>(
  sum: Partial<Record<Reason, number>>,
  more: Readonly<Partial<Record<Reason, number>>>,
): Partial<Record<Reason, number>> {
  for (const [reason, count] of Object.entries(more) as [Reason, number][])
    sum[reason] = (sum[reason] ?? 0) + count
  return sum
}
