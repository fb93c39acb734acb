/**
 * DescriptorBudget: sheds new connections before the process runs out of file descriptors.
 *
 * When libuv meets EMFILE on accept it takes and closes every waiting connection without any event: clients see an
 * empty answer and nobody can count it. So the budget ends earlier, and what it refuses is reset and counted.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Kept free for accepting (and resetting) what is over the budget, for logs, manifests and admin clients. */
const reserve = 24

/**
 * What each thread of the process has taken: a pair of cells for each, of all its descriptors and of those for UDP flows.
 * Each thread changes its own pair only, so that what a thread had can be given back when it is lost.
 */
export interface BudgetCells {
  readonly cells: Int32Array
  /** Of the pair that is this thread's. */
  readonly index: number
}

export class DescriptorBudget {
  readonly #limit: number
  readonly #cells: Int32Array
  readonly #own: number

  /**
   * @param limit descriptors the data plane may hold at once
   * @param shared where the limit is that of several threads together
   */
  constructor(limit: number, shared: BudgetCells = { cells: new Int32Array(2), index: 0 }) {
    this.#limit = limit
    this.#cells = shared.cells
    this.#own = 2 * shared.index
  }

  /** By all threads. */
  get taken(): number {
    return this.#sum(0)
  }

  get limit(): number {
    return this.#limit
  }

  /** Takes `count` descriptors and returns true, or takes none and returns false. */
  take(count: number): boolean {
    return this.#take(0, count, this.#limit)
  }

  /** As `take(1)`, for UDP flows: they get half at most, since anybody can begin them with a forged address. */
  takeForFlow(): boolean {
    if (!this.#take(1, 1, Math.ceil(this.#limit / 2))) return false
    if (this.take(1)) return true
    Atomics.sub(this.#cells, this.#own + 1, 1)
    return false
  }

  giveFromFlow(): void {
    Atomics.sub(this.#cells, this.#own + 1, 1)
    this.give(1)
  }

  give(count: number): void {
    Atomics.sub(this.#cells, this.#own, count)
  }

  /** Two threads that take the last one at once may both be refused, but never both get it: each adds before it looks. */
  #take(kind: 0 | 1, count: number, limit: number): boolean {
    Atomics.add(this.#cells, this.#own + kind, count)
    if (this.#sum(kind) <= limit) return true
    Atomics.sub(this.#cells, this.#own + kind, count)
    return false
  }

  #sum(kind: 0 | 1): number {
    let sum = 0
    for (let i: number = kind; i < this.#cells.length; i += 2) sum += Atomics.load(this.#cells, i)
    return sum
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
