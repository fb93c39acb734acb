/**
 * DescriptorBudget: sheds new connections before the process runs out of file descriptors.
 *
 * When libuv meets EMFILE on accept it takes and closes every waiting connection without any event: clients see an
 * empty answer and nobody can count it. So the budget ends earlier, and what it refuses is reset and counted.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Kept free for accepting (and resetting) what is over the budget, for logs, manifests and admin clients. */
const reserve = 24

export class DescriptorBudget {
  readonly #limit: number
  #taken = 0
  #flows = 0

  /** @param limit descriptors the data plane may hold at once */
  constructor(limit: number) {
    this.#limit = limit
  }

  get taken(): number {
    return this.#taken
  }

  get limit(): number {
    return this.#limit
  }

  /** Takes `count` descriptors and returns true, or takes none and returns false. */
  take(count: number): boolean {
    if (this.#taken + count > this.#limit) return false
    this.#taken += count
    return true
  }

  /** As `take(1)`, for UDP flows: they get half at most, since anybody can begin them with a forged address. */
  takeForFlow(): boolean {
    if (this.#flows >= this.#limit / 2 || !this.take(1)) return false
    this.#flows++
    return true
  }

  giveFromFlow(): void {
    this.#flows--
    this.give(1)
  }

  give(count: number): void {
    this.#taken -= count
  }
}

/**
 * How many descriptors the data plane of this process may hold: the soft limit (Node raises it to the hard one when it
 * starts) less what is open now and a reserve. `Infinity` where the system does not say.
 */
export function availableDescriptors(procSelf = '/proc/self'): number {
  let limits: string
  let open: number
  try {
    limits = readFileSync(`${procSelf}/limits`, 'utf8')
    open = readdirSync(`${procSelf}/fd`).length
  } catch {
    return Infinity // no procfs: macOS, Windows
  }
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  return soft === undefined ? Infinity : Math.max(2, Number(soft) - open - reserve)
}
