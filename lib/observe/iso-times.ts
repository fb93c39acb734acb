/**
 * isoTimes: `Date.prototype.toISOString` for many times of the same second, or the same ms, whose text is made once.
 *
 * A log line has two of them, and they were half of what the line cost.
 */

/** Returns what writes a time, in whole ms since 1970, as `toISOString` does. */
export function isoTimes(): (ms: number) => string {
  let knownSecond = Number.NaN
  let known = ''
  let lastMs = Number.NaN
  let last = ''
  return (ms) => {
    if (ms === lastMs) return last
    lastMs = ms
    const second = Math.floor(ms / 1000)
    if (second !== knownSecond) {
      known = new Date(second * 1000).toISOString().slice(0, -'000Z'.length)
      knownSecond = second
    }
    return (last = known + (thousandths[ms - second * 1000] as string))
  }
}

const thousandths = Array.from({ length: 1000 }, (_, i) => `${String(i).padStart(3, '0')}Z`)
