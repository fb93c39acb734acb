/**
 * TimeoutQueue: one timer for all entries that wait equally long.
 *
 * Entries expire in the order in which they were added, so a list is the whole queue: adding and removing cost a few
 * pointer writes, and the process has one timer instead of one a connection.
 */
import { Link, LinkedList } from './linked-list.ts'

/** The wait of one entry. */
export class Wait<Entry> extends Link<Entry> {
  readonly untilMs: number

  constructor(entry: Entry, untilMs: number) {
    super(entry)
    this.untilMs = untilMs
  }
}

export class TimeoutQueue<Entry> {
  readonly #timeoutMs: number
  readonly #now: () => number
  readonly #onExpire: (entry: Entry) => void
  readonly #waits = new LinkedList<Entry>()
  #isTimerSet = false

  /** @param options.timeoutMs 0: entries never expire */
  constructor(options: { timeoutMs: number; now: () => number; onExpire: (entry: Entry) => void }) {
    this.#timeoutMs = options.timeoutMs
    this.#now = options.now
    this.#onExpire = options.onExpire
  }

  get size(): number {
    return this.#waits.size
  }

  /** Begins a wait; `undefined` where it would never end. */
  add(entry: Entry): Wait<Entry> | undefined {
    if (this.#timeoutMs === 0) return undefined
    const wait = new Wait(entry, this.#now() + this.#timeoutMs)
    this.#waits.add(wait)
    if (!this.#isTimerSet) this.#setTimer(this.#timeoutMs)
    return wait
  }

  /** Ends a wait that `add` has begun, where it is not over yet. */
  delete(wait: Wait<Entry> | undefined): void {
    if (wait !== undefined) this.#waits.delete(wait)
  }

  #setTimer(afterMs: number): void {
    this.#isTimerSet = true
    setTimeout(this.#expire, afterMs).unref()
  }

  // The timer is not stopped when the queue runs empty: it would be started again by the next connection. It finds
  // nothing and ends by itself.
  readonly #expire = (): void => {
    this.#isTimerSet = false
    let wait: Wait<Entry> | undefined
    while ((wait = this.#waits.oldest as Wait<Entry> | undefined) !== undefined) {
      const leftMs = wait.untilMs - this.#now()
      if (leftMs > 0) {
        if (!this.#isTimerSet) this.#setTimer(Math.ceil(leftMs))
        return
      }
      this.#waits.delete(wait)
      this.#onExpire(wait.entry)
    }
  }
}
