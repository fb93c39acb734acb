/**
 * TimeoutQueue: one timer for all entries that wait equally long.
 *
 * Entries expire in the order in which they were added, so a Map (insertion order) is the whole queue: adding,
 * refreshing and removing cost one map operation each, and the process has one timer instead of one a connection.
 */
export class TimeoutQueue<Entry> {
  readonly #timeoutMs: number
  readonly #now: () => number
  readonly #onExpire: (entry: Entry) => void
  readonly #deadlines = new Map<Entry, number>()
  #isTimerSet = false

  /** @param options.timeoutMs 0: entries never expire */
  constructor(options: { timeoutMs: number; now: () => number; onExpire: (entry: Entry) => void }) {
    this.#timeoutMs = options.timeoutMs
    this.#now = options.now
    this.#onExpire = options.onExpire
  }

  get size(): number {
    return this.#deadlines.size
  }

  /** Adds an entry, or starts its time anew. */
  add(entry: Entry): void {
    if (this.#timeoutMs === 0) return
    this.#deadlines.delete(entry)
    this.#deadlines.set(entry, this.#now() + this.#timeoutMs)
    if (!this.#isTimerSet) this.#setTimer(this.#timeoutMs)
  }

  delete(entry: Entry): void {
    this.#deadlines.delete(entry)
  }

  #setTimer(afterMs: number): void {
    this.#isTimerSet = true
    setTimeout(this.#expire, afterMs).unref()
  }

  // The timer is not stopped when the queue runs empty: it would be started again by the next connection. It finds
  // nothing and ends by itself.
  readonly #expire = (): void => {
    this.#isTimerSet = false
    for (const [entry, deadline] of this.#deadlines) {
      const leftMs = deadline - this.#now()
      if (leftMs > 0) {
        if (!this.#isTimerSet) this.#setTimer(Math.ceil(leftMs))
        return
      }
      this.#deadlines.delete(entry)
      this.#onExpire(entry)
    }
  }
}
