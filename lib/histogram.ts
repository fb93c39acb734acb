/**
 * Histogram: how many values lie in each of some buckets, and their sum. One increment for a value, nothing else: it may
 * stand on a path that is taken for each connection.
 */

/** Plain data, for others to read. */
export interface HistogramCounts {
  /** Values up to each bound in turn, those up to the bound before left out; the last one: above all bounds. Empty: none. */
  readonly counts: readonly number[]
  readonly sum: number
}

export const noValues: HistogramCounts = Object.freeze({ counts: Object.freeze([]), sum: 0 })

export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  /** @param bounds rising; kept, so not to be changed afterwards */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let index = 0
    while (index < bounds.length && value > (bounds[index] as number)) index++
    ;(this.#counts[index] as number)++
    this.#sum += value
  }

  /** Takes over what another one with the same bounds has counted. */
  add({ counts, sum }: HistogramCounts): void {
    for (const [index, count] of counts.entries()) (this.#counts[index] as number) += count
    this.#sum += sum
  }

  snapshot(): HistogramCounts {
    return { counts: [...this.#counts], sum: this.#sum }
  }
}
