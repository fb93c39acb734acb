/**
 * LatencyHistograms: one for each mode that was used, over all that was sent in it.
 */
import type { Answer, LabMode } from '../lab.ts'
import { labModes } from '../lab.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import type { LatencyTally } from './page-topics.ts'

export class LatencyHistograms {
  readonly #histograms = new Map<LabMode, LatencyHistogram>()

  add(mode: LabMode, answers: readonly Answer[]): void {
    const histogram = this.#histograms.get(mode) ?? new LatencyHistogram(mode)
    this.#histograms.set(mode, histogram)
    for (const answer of answers) histogram.add(answer)
  }

  /** In the order of the modes. */
  tallies(): LatencyTally[] {
    return labModes.flatMap((mode) => this.#histograms.get(mode)?.tally() ?? [])
  }

  clear(): void {
    this.#histograms.clear()
  }
}
