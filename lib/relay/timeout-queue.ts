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
  #timer: NodeJS.Timeout | undefined

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
    this.#timer ??= setTimeout(this.#expire, this.#timeoutMs).unref()
  }

  delete(entry: Entry): void {
    this.#deadlines.delete(entry)
  }

  /** Forgets all entries and ends the timer. */
  clear(): void {
    this.#deadlines.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  // The timer is not stopped when the queue runs empty: it would be started again by the next connection. It finds
  // nothing and ends by itself.
  readonly #expire = (): void => {
    this.#timer = undefined
    for (const [entry, deadline] of this.#deadlines) {
      const leftMs = deadline - this.#now()
      if (leftMs > 0) {
        this.#timer ??= setTimeout(this.#expire, Math.ceil(leftMs)).unref()
        return
      }
      this.#deadlines.delete(entry)
      this.#onExpire(entry)
    }
  }
}
