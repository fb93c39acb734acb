/**
 * LineBuffer: lines that are put together as bytes, one after the other in the same memory, and then are written as one.
 *
 * Put together as a string a line is forty small objects and a copy of all of them, which have left the processor's caches
 * by the time they are collected, a line later as well as a thousand connections later.
 */

const zero = 0x30
const quote = 0x22
const backslash = 0x5c
export const lineFeed = 0x0a

export class LineBuffer {
  #memory: Buffer
  #length = 0
  /** Where the last line ends that has ended. */
  #end = 0
  #count = 0

  /** @param size in bytes, at first; it grows */
  constructor(size: number) {
    this.#memory = Buffer.allocUnsafeSlow(size)
  }

  /** The lines that have ended. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#end)
  }

  /** How many bytes they are. */
  get length(): number {
    return this.#end
  }

  /** How many lines they are. */
  get count(): number {
    return this.#count
  }

  /** Returns how many bytes the line has, with its end. */
  endLine(): number {
    this.#room(1)[this.#length++] = lineFeed
    const length = this.#length - this.#end
    this.#end = this.#length
    this.#count++
    return length
  }

  clear(): void {
    this.#length = 0
    this.#end = 0
    this.#count = 0
  }

  putBytes(bytes: Uint8Array): void {
    const memory = this.#room(bytes.length)
    memory.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** In UTF-8. */
  putText(text: string): void {
    this.#length += this.#room(mostBytes(text)).write(text, this.#length)
  }

  /** What `JSON.stringify` makes of it. */
  putQuoted(text: string): void {
    const memory = this.#room(mostBytes(text) + 2)
    let at = this.#length
    memory[at++] = quote
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      // Anything but printable ASCII, `"` and `\`: names and addresses have none, save the zone of an IPv6 address.
      const isPlain = unit >= 0x20 && unit < 0x7f && unit !== quote && unit !== backslash
      if (!isPlain) return this.putText(JSON.stringify(text))
      memory[at++] = unit
    }
    memory[at++] = quote
    this.#length = at
  }

  /** A whole number that is not negative, in decimal. */
  putNumber(value: number): void {
    if (!(value >= 0)) return this.putText(String(value))
    let digits = 1
    for (let next = 10; next <= value; next *= 10) digits++
    const memory = this.#room(digits)
    this.#length += digits
    for (let at = this.#length - 1, rest = value; digits > 0; digits--, at--) {
      const tens = Math.floor(rest / 10)
      memory[at] = rest - tens * 10 + zero
      rest = tens
    }
  }

  /** Memory in which so many bytes have room. */
  #room(length: number): Buffer {
    const needed = this.#length + length
    if (needed > this.#memory.length) {
      const memory = Buffer.allocUnsafeSlow(needed * 2)
      this.#memory.copy(memory, 0, 0, this.#length)
      this.#memory = memory
    }
    return this.#memory
  }
}

/** In UTF-8 a unit of UTF-16 has 3 bytes at most. */
function mostBytes(text: string): number {
  return text.length * 3
}
