/**
 * LineChunk: lines that wait to be written, as the bytes that they will be.
 *
 * Kept as strings they would be thousands of small objects, each line put together of forty pieces, which V8's collector
 * copies for as long as they wait: 2 % of what a connection costs.
 */

/** In bytes: what a busy proxy writes in a tenth of a second. A write wakes another thread, and that one this. */
const chunkSize = 256 * 1024

export class LineChunk {
  readonly #memory: Buffer
  #length = 0
  #count = 0

  /** Has room for `line`, and for as many more as fit. */
  constructor(line: string) {
    this.#memory = Buffer.allocUnsafeSlow(Math.max(chunkSize, mostBytes(line)))
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  /** Lines. */
  get count(): number {
    return this.#count
  }

  /** Takes a line, and returns how many bytes it has, with its end; 0 where it has no room for it. */
  add(line: string): number {
    if (this.#memory.length - this.#length < mostBytes(line)) return 0
    const length = this.#memory.write(line, this.#length) + 1
    this.#length += length
    this.#memory[this.#length - 1] = lineFeed
    this.#count++
    return length
  }

  clear(): void {
    this.#length = 0
    this.#count = 0
  }
}

export const lineFeed = 0x0a

/** In UTF-8 a unit of UTF-16 has 3 bytes at most. */
function mostBytes(line: string): number {
  return line.length * 3 + 1
}
