/**
 * Gate: lets clients in, or has them wait until this process knows what the one before it knew.
 */

/** Whoever comes when so many wait is let in at once. */
const mostWaiting = 10_000

export class Gate {
  /** Looked at for every client; what it says is that `wait` need not be called. */
  isOpen: boolean
  #waiting: (() => void)[] = []

  constructor({ isOpen }: { isOpen: boolean }) {
    this.isOpen = isOpen
  }

  /** Calls back when the gate opens, in the order of the calls. */
  wait(enter: () => void): void {
    if (this.isOpen || this.#waiting.length >= mostWaiting) enter()
    else this.#waiting.push(enter)
  }

  /** For good. Idempotent. */
  open(): void {
    this.isOpen = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const enter of waiting) enter()
  }
}
