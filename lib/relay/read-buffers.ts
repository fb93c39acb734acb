/**
 * ReadBuffers: the memory that legs read into, lent from one leg to the next.
 *
 * A buffer for each connection is memory outside V8's heap, and V8 collects its whole heap because of it: measured with
 * connections of one request, 14 % of all CPU time was spent by V8's threads on that. A buffer that is lent again costs
 * nothing.
 */

/**
 * In bytes. The first is enough for a request; the last is for bulk: fewer turns through JavaScript for each byte. In
 * between, so that a connection whose messages are larger than the first does not get one that is for bulk.
 */
const readSizes = [2048, 16_384, 65_536, 262_144] as const

/** In bytes. After a read of so many there is more, most of the time. */
export const [, , , largestRead] = readSizes

/** Of each size, while nobody reads into it. */
const mostIdleBytes = 2 * 1024 * 1024

const largest = readSizes.length - 1

export class ReadBuffers {
  readonly #idle: readonly Buffer[][] = readSizes.map(() => [])

  /** One of the smallest. */
  take(): Buffer {
    return this.#take(0)
  }

  /**
   * The buffer for what comes after a read of `length` bytes into `buffer`: the smallest that this read would not have
   * filled. It is the same one, or another, and then the first is idle.
   */
  next(buffer: Buffer, length: number): Buffer {
    const index = sizeAfter(length)
    if (readSizes[index] === buffer.length) return buffer
    this.give(buffer)
    return this.#take(index)
  }

  /** Takes back a buffer that nobody reads into, or writes from, any more. */
  give(buffer: Buffer): void {
    const idle = this.#idle[sizeAfter(buffer.length - 1)] as Buffer[]
    if (idle.length * buffer.length < mostIdleBytes) idle.push(buffer)
  }

  #take(index: number): Buffer {
    return this.#idle[index]?.pop() ?? Buffer.allocUnsafeSlow(readSizes[index] as number)
  }
}

/** Index of the smallest size above `length`, or of the largest. */
function sizeAfter(length: number): number {
  const index = readSizes.findIndex((size) => length < size)
  return index === -1 ? largest : index
}
