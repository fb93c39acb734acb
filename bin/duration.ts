/**
 * Durations as Go writes them, `250ms`, `10s`, `1m30s`, because kube-proxy's flags do; milliseconds in the program.
 *
 * Not all of Go's syntax: no sign, and nothing smaller than `ms`, since no timer of ours is finer.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Milliseconds, or `undefined` where `text` is no duration. `0` needs no unit. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[hms]))+$/.test(text)) return undefined
  let sum = 0
  for (const [, number, unit = ''] of text.matchAll(/([\d.]+)(ms|[hms])/g)) {
    sum += Number(number) * (unitMs[unit] ?? 0)
  }
  // 1.001 s is 1000.9999999999999 ms in binary fractions; a millionth of a millisecond is nobody's wish.
  return Math.round(sum * 1e6) / 1e6
}

/** The shortest text that `parseDuration` reads as `ms`: `1m30s`. */
export function formatDuration(ms: number): string {
  let left = ms
  let text = ''
  for (const [unit, size] of Object.entries(unitMs)) {
    const count = unit === 'ms' ? left : Math.floor(left / size)
    left -= count * size
    if (count > 0) text += `${count}${unit}`
  }
  return text === '' ? '0s' : text
}
