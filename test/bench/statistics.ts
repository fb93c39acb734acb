/** Medians, ranges and ratios of runs. Pure. */

export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The middle of `values`, of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export function summary(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** The middle of the ratios of what stood side by side: what slowed down both is not in it. NaN of none. */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  const pairs = values.slice(0, others.length)
  return median(pairs.map((value, i) => value / (others[i] ?? Number.NaN)))
}
