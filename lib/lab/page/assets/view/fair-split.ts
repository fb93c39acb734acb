/**
 * fairSplit: what shares of a fair choice are to be expected, and how likely chance alone brings shares as uneven as
 * those that were counted. Pure.
 */

export interface FairSplit {
  /** Of each. */
  readonly expected: number
  /** 99 times in 100 a share is no further from it. */
  readonly margin: number
  /** Of Pearson's chi-square test; `undefined` where there are too few for it. */
  readonly p: number | undefined
}

/** Below so many expected of each, the test is not to be trusted. */
const fewest = 5

export function fairSplit(counts: readonly number[]): FairSplit {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const expected = total / counts.length
  // A share of a binomial distribution; 2.58 standard deviations hold 99 % of it.
  const margin = 2.58 * Math.sqrt((expected * (counts.length - 1)) / counts.length)
  const isEnough = counts.length > 1 && expected >= fewest
  return { expected, margin, p: isEnough ? chanceOf(counts, expected) : undefined }
}

function chanceOf(counts: readonly number[], expected: number): number {
  const x = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // For two degrees of freedom the distribution is exponential; for one it is that of a square.
  const p = counts.length === 3 ? Math.exp(-x / 2) : complementaryError(Math.sqrt(x / 2))
  // The fit may be a little above.
  return Math.min(p, 1)
}

/**
 * The complementary error function for x >= 0, to 1.2e-7.
 *
 * @see Numerical Recipes, 6.2.2: Chebyshev fit of erfc
 */
function complementaryError(x: number): number {
  const t = 1 / (1 + x / 2)
  const terms = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398,
    1.48851587, -0.82215223, 0.17087277,
  ]
  return t * Math.exp(-x * x + terms.reduceRight((sum, term) => sum * t + term))
}
