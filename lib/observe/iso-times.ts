/**
 * isoTimes: `Date.prototype.toISOString` for many times of the same second, of which three digits are made anew.
 *
 * A log line has two of them, and they were half of what the line cost.
 */

const zero = 0x30

/**
 * Returns what gives a time, in whole ms since 1970, as `toISOString` does, with what stands around it each time, in ASCII;
 * good until the next one.
 */
export function isoTimes({ before = '', after = '' } = {}): (ms: number) => Buffer {
  let knownSecond = Number.NaN
  let bytes = Buffer.alloc(0)
  return (ms) => {
    const second = Math.floor(ms / 1000)
    if (second !== knownSecond) {
      bytes = Buffer.from(`${before}${new Date(second * 1000).toISOString()}${after}`)
      knownSecond = second
    }
    const thousandths = ms - second * 1000
    const tens = Math.floor(thousandths / 10)
    const hundreds = Math.floor(tens / 10)
    const last = bytes.length - 'Z'.length - after.length
    bytes[last - 3] = zero + hundreds
    bytes[last - 2] = zero + tens - hundreds * 10
    bytes[last - 1] = zero + thousandths - tens * 10
    return bytes
  }
}
