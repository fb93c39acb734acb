/**
 * PortAllocator: hands out the ports of the proxy port range.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/port_allocator.go. There an empty pool blocks the whole proxier for a
 * second; here it answers at once, and the listener tries again later.
 */
import type { PortRange } from '../options.ts'

export class PortAllocator {
  readonly #range: PortRange | undefined
  readonly #taken = new Set<number>()
  #next: number

  /** @param options.range `undefined`: the kernel chooses, which is port 0 */
  constructor(options: { range: PortRange | undefined; random: () => number }) {
    const { range, random } = options
    this.#range = range
    // Begins anywhere, so that a port that was in use a moment ago is not used again for something else at once.
    this.#next = range ? range.first + Math.floor(random() * (range.last - range.first + 1)) : 0
  }

  /** A port that nobody has taken from here, or `undefined` where there is none. Give it back with `release`. */
  take(): number | undefined {
    if (this.#range === undefined) return 0
    if (this.#taken.size === this.size) return undefined
    while (this.#taken.has(this.#next)) this.#advance(this.#range)
    const port = this.#next
    this.#taken.add(port)
    this.#advance(this.#range)
    return port
  }

  #advance({ first, last }: PortRange): void {
    this.#next = this.#next === last ? first : this.#next + 1
  }

  release(port: number): void {
    this.#taken.delete(port)
  }

  /** How many ports could be tried at most before the range is known to be exhausted. */
  get size(): number {
    return this.#range ? this.#range.last - this.#range.first + 1 : 1
  }
}
