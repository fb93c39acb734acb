/**
 * evenSplitP: how often chance alone splits more unevenly than this among three, if each is as likely. Pure.
 *
 * Pearson's chi-square test: with two degrees of freedom, and so among three, its tail is an exponential.
 */

export function evenSplitP(counts: readonly [number, number, number]): number {
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0) return 1
  const expected = all / counts.length
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  return Math.exp(-chiSquare / 2)
}
