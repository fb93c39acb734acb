/**
 * LatencyHistogram: how long the requests of one mode took, in buckets of a logarithmic scale, and how many failed.
 *
 * Buckets are 4 % wide: fine enough for a percentile, coarse enough to be sent ten times a second.
 */
import type { Answer, LabMode } from '../lab.ts'
import type { LatencyTally } from './page-topics.ts'
import { latencyBuckets } from './page-topics.ts'

export class LatencyHistogram {
  readonly #mode: LabMode
  readonly #counts = new Map<number, number>()
  #answered = 0
  #failed = 0

  constructor(mode: LabMode) {
    this.#mode = mode
  }

  /** Answers of a model have no duration, and are not counted. */
  add({ outcome, durationMs }: Answer): void {
    if (durationMs === undefined) return
    if (outcome !== 'ok') {
      this.#failed++
      return
    }
    this.#answered++
    const index = bucketOf(durationMs)
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + 1)
  }

  tally(): LatencyTally {
    return {
      mode: this.#mode,
      answered: this.#answered,
      failed: this.#failed,
      buckets: [...this.#counts].toSorted(([a], [b]) => a - b),
    }
  }
}

function bucketOf(durationMs: number): number {
  const { smallestMs, perDecade, count } = latencyBuckets
  const index = Math.floor(Math.log10(durationMs / smallestMs) * perDecade)
  return Math.min(Math.max(index, 0), count - 1)
}
