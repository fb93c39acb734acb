/**
 * TimeSlice: lets long work share the event loop.
 *
 * The work asks now and then whether its slice is over and waits for the next one, so that no connection of the data
 * plane waits longer than a slice for its bytes.
 */
import { setImmediate } from 'node:timers/promises'

export class TimeSlice {
  readonly #lengthMs: number
  readonly #signal: AbortSignal | undefined
  #startedAt = performance.now()

  /** @param signal ends the work: the next wait throws its reason */
  constructor(lengthMs: number, signal?: AbortSignal) {
    this.#lengthMs = lengthMs
    this.#signal = signal
  }

  get isOver(): boolean {
    return performance.now() - this.#startedAt >= this.#lengthMs
  }

  /** Waits until everybody else in the event loop has had a turn. */
  async next(): Promise<void> {
    await setImmediate()
    this.#signal?.throwIfAborted()
    this.#startedAt = performance.now()
  }
}
