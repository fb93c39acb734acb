/**
 * RetryPauses: how long to wait before an API server is asked again. The times are client-go's.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/client-go/tools/cache/reflector.go newBackoffManager
 */
import { backoffMs } from '../backoff.ts'
import { pause } from './pause.ts'
import { StatusError } from './status-error.ts'

const firstMs = 800
const mostMs = 30_000
/** After so many ms without a failure the pauses begin anew. */
const resetMs = 120_000

export interface RetryPausesOptions {
  /** ms since any point. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** Ends the pauses. */
  readonly signal: AbortSignal
}

export class RetryPauses {
  readonly #options: RetryPausesOptions
  #failures = 0
  #failedAt = 0

  constructor(options: RetryPausesOptions) {
    this.#options = options
  }

  /** The pause after something that happens: the first one, and it is not counted as a failure. */
  first(): Promise<void> {
    return this.#pause(1, 0)
  }

  /** The pause after a failure: longer each time, and at least as long as the server wishes. */
  after(error: unknown): Promise<void> {
    const now = this.#options.now()
    if (now - this.#failedAt > resetMs) this.#failures = 0
    this.#failedAt = now
    const leastMs = error instanceof StatusError ? (error.retryAfterMs ?? 0) : 0
    return this.#pause(++this.#failures, leastMs)
  }

  #pause(attempt: number, leastMs: number): Promise<void> {
    const { random, signal } = this.#options
    const ownMs = backoffMs(attempt, { firstMs, mostMs, random })
    return pause(Math.max(ownMs, leastMs), signal)
  }
}
