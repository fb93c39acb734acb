/**
 * LineChunk: lines that wait to be written, as the bytes that they will be.
 *
 * Kept as strings they would be thousands of small objects, which V8's collector copies for as long as they wait: 2 % of
 * what a connection costs.
 */
import type { LineBuffer } from './line-buffer.ts'

/** In bytes: what a busy proxy writes in a tenth of a second. A write wakes another thread, and that one this. */
const chunkSize = 256 * 1024

export class LineChunk {
  readonly #memory: Buffer
  #length = 0
  #count = 0

  /** Has room for `line`, and for as many more as fit. */
  constructor(line: LineBuffer) {
    this.#memory = Buffer.allocUnsafeSlow(Math.max(chunkSize, line.length + 1))
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length)
  }

  /** Lines. */
  get count(): number {
    return this.#count
  }

  /** Takes a line, and returns how many bytes it has, with its end; 0 where it has no room for it. */
  add(line: LineBuffer): number {
    const length = line.length + 1
    if (this.#memory.length - this.#length < length) return 0
    line.copyTo(this.#memory, this.#length)
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
