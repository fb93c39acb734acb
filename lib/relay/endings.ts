/**
 * Endings: connections and UDP flows that are over, or never came to be, of which nobody was told yet.
 *
 * They are told of many at a time. Texts, events, a line of a log: all that code has left the processor's caches when it
 * is run once between what else a connection takes. One by one that cost 3 % of a connection's CPU, 256 at a time 2 %.
 * What reached no endpoint is told at once: somebody may be looking for the fault.
 */
import type { ClosedFacts } from './connection-facts.ts'
import { closedConnectionInfo } from './connection-facts.ts'
import type { ClosedConnectionInfo } from './data-plane.ts'

/** So many are told of at once. */
const most = 256

/** Nobody is told later than this, in ms. Of batches of 10 ms, some 70 connections, little is gained. */
const mostWaitMs = 50

export interface EndingsOptions {
  readonly tell: (info: ClosedConnectionInfo) => void
  /** The clock of the data plane, in ms. */
  readonly now: () => number
  /** In ms since 1970. Default `Date.now`. */
  readonly wallClock?: () => number
}

export class Endings {
  readonly #options: EndingsOptions
  #waiting: ClosedFacts[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(options: EndingsOptions) {
    this.#options = options
  }

  /** Keeps the facts for a while: they must not hold what is large, such as a socket. */
  add(facts: ClosedFacts): void {
    if (this.#waiting.push(facts) >= most) this.tell()
    else this.#tellLater()
  }

  #tellLater(): void {
    this.#timer ??= setTimeout(() => this.tell(), mostWaitMs)
  }

  /** Tells of all that wait, in their order, now. */
  tell(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
    const { tell, now, wallClock = Date.now } = this.#options
    // Compared each time: the system's clock may be set, or the machine sleep.
    const offsetMs = wallClock() - now()
    let told = 0
    try {
      for (const facts of waiting) {
        told++
        tell(closedConnectionInfo(facts, Math.round(facts.untilMs + offsetMs)))
      }
    } finally {
      // A listener that throws does not keep the others from being told, where the process outlives it.
      if (told < waiting.length) {
        this.#waiting = [...waiting.slice(told), ...this.#waiting]
        this.#tellLater()
      }
    }
  }
}
