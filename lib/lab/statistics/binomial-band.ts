/**
 * binomialBand: between which counts one of `count` throws falls 99 times in 100, where each hits with the same chance. Pure.
 */

export interface Band {
  readonly low: number
  readonly high: number
}

export interface BinomialBandOptions {
  readonly count: number
  /** Of one throw, in (0, 1). */
  readonly chance: number
  /** How often a count may be outside by chance. Default 0.01. */
  readonly outside?: number
}

export function binomialBand({ count, chance, outside = 0.01 }: BinomialBandOptions): Band {
  // In logarithms, for 0.5^3000 is nothing to a computer.
  let log = count * Math.log(1 - chance)
  let below = Math.exp(log)
  let [low, hits] = [0, 0]
  while (below < 1 - outside / 2 && hits < count) {
    if (below <= outside / 2) low = hits + 1
    log += Math.log(((count - hits) * chance) / ((hits + 1) * (1 - chance)))
    below += Math.exp(log)
    hits++
  }
  return { low, high: hits }
}
