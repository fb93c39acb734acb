/**
 * Deferral: what the dials to one endpoint have shown, and whether other endpoints come first because of it.
 *
 * Passive: it learns from the connections of clients and probes nothing itself. It defers, it does not eject: an
 * endpoint that is all there is, is dialled (compare Envoy's outlier detection, HAProxy's `observe layer4`). Every
 * dial is told by `dialled` and then by exactly one of `reached`, `failed` and `released`.
 */

const firstIntervalMs = 1_000
const maxIntervalMs = 30_000

export interface DeferralOptions {
  /** For one pending dial. Default 50: more than a round trip within a cluster, less than the first dial timeout. */
  readonly suspectAfterMs?: number | undefined
}

/**
 * What an endpoint has to expect of the next connections. `good`: its turn. `suspect`: others come first, since dials are
 * pending that nobody answers. `deferred`: others come first, since the last dial failed. `due`: it did, and the next
 * connection whose turn it is tries again.
 */
export type Standing = 'good' | 'suspect' | 'deferred' | 'due'

export interface DeferralView {
  readonly standing: Standing
  /** `deferred`: until it is due, in ms; 0 while one connection is trying. Otherwise 0. */
  readonly retryMs: number
  readonly pendingDials: number
  /** For how long dials are pending without an answer, in ms. */
  readonly silentMs: number
}

/** `nowMs` is of one clock that never runs backwards and is never negative. */
export class Deferral {
  readonly #suspectAfterMs: number
  #pendingDials = 0
  /** The last sign of life while dials are pending: a success or, before that, the start of the first of them. */
  #signOfLifeMs = 0
  /** From the last failure to the next try; 0 where there was no failure, or a success since. */
  #intervalMs = 0
  #probeDueMs = 0

  constructor({ suspectAfterMs = 50 }: DeferralOptions = {}) {
    this.#suspectAfterMs = suspectAfterMs
  }

  /** Whether the last dial that told anything failed. */
  get isDoubted(): boolean {
    return this.#intervalMs > 0
  }

  /**
   * Whether a dial has failed and it is not the time for another try. Once the interval is over, the next connection
   * may have this endpoint in its turn; while it is dialling, the endpoint is deferred for all others.
   */
  isDeferred(nowMs: number): boolean {
    return this.isDoubted && (nowMs < this.#probeDueMs || this.#pendingDials > 0)
  }

  /**
   * Whether dials are pending and none was answered for long: `suspectAfterMs` for one dial, half of that for two, and so
   * on. Many that wait in vain say sooner what one says late.
   *
   * A dead endpoint is deferred only when the first dial to it times out. Until then clients that open their next
   * connection when the last one ends (32 of them, say) would all be drawn to it within milliseconds: each one that
   * it holds is gone, and those that are served elsewhere soon get their turn with it.
   */
  isSuspect(nowMs: number): boolean {
    return this.#pendingDials * (nowMs - this.#signOfLifeMs) > this.#suspectAfterMs
  }

  get pendingDials(): number {
    return this.#pendingDials
  }

  /** All of this as plain data. */
  view(nowMs: number): DeferralView {
    return {
      standing: this.#standing(nowMs),
      retryMs: Math.max(0, this.#probeDueMs - nowMs),
      pendingDials: this.#pendingDials,
      silentMs: this.#pendingDials > 0 ? nowMs - this.#signOfLifeMs : 0,
    }
  }

  #standing(nowMs: number): Standing {
    if (this.isDeferred(nowMs)) return 'deferred'
    if (this.isSuspect(nowMs)) return 'suspect'
    return this.isDoubted ? 'due' : 'good'
  }

  /** A dial begins. */
  dialled(nowMs: number): void {
    if (this.#pendingDials === 0) this.#signOfLifeMs = nowMs
    this.#pendingDials++
  }

  /** A dial succeeded: the endpoint is as good as any again. */
  reached(nowMs: number): void {
    this.released()
    this.#signOfLifeMs = nowMs
    this.#intervalMs = 0
    this.#probeDueMs = 0
  }

  /** A dial failed, and the endpoint or the way to it is to blame. */
  failed(nowMs: number): void {
    this.released()
    // The dials that were under way with the first that failed mostly fail too, and say nothing new.
    if (nowMs < this.#probeDueMs) return
    this.#intervalMs = Math.min(this.#intervalMs * 2 || firstIntervalMs, maxIntervalMs)
    this.#probeDueMs = nowMs + this.#intervalMs
  }

  /** A dial ended and says nothing of the endpoint: the client left, or this machine is out of sockets. */
  released(): void {
    // An endpoint that left and came back has a new Deferral, which hears the end of dials it did not see begin.
    if (this.#pendingDials > 0) this.#pendingDials--
  }
}
