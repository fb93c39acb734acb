/**
 * Spread: what several rounds of one measurement have in common: the median, and how far they are apart. Pure.
 */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** `undefined` of nothing. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [min] = sorted
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) return undefined
  const middle = (sorted.length - 1) / 2
  const [low = min, high = max] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  return { median: (low + high) / 2, min, max }
}

/** `same`: their rounds overlap, and no difference can be seen. */
export function compareSpreads(a: Spread, b: Spread): 'less' | 'same' | 'more' {
  if (a.max < b.min) return 'less'
  return a.min > b.max ? 'more' : 'same'
}
