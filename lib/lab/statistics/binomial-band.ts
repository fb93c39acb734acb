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
  let [low, high, below] = [0, count, 0]
  for (let hits = 0; hits <= count; hits++) {
    below += Math.exp(logProbability(hits, count, chance))
    if (below <= outside / 2) low = hits + 1
    if (below >= 1 - outside / 2) {
      high = hits
      break
    }
  }
  return { low, high }
}

/** In logarithms, for 0.5^3000 is nothing to a computer. */
function logProbability(hits: number, count: number, chance: number): number {
  let log = 0
  for (let i = 1; i <= hits; i++) log += Math.log((count - hits + i) / i)
  return log + hits * Math.log(chance) + (count - hits) * Math.log(1 - chance)
}
