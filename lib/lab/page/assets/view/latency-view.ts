/**
 * latencyView: a histogram for each mode, all on the same scales, and its percentiles. Pure.
 */
import type { LabMode } from '../../../lab.ts'
import type { LatencyTally } from '../../page-topics.ts'

export interface LatencyRow {
  readonly mode: LabMode
  readonly answered: number
  readonly failed: number
  /** 0 to 1, where 1 is the highest of all modes. */
  readonly bars: readonly number[]
  /** As `bars`: the failed ones, as if they were one bucket. At most 1. */
  readonly failedBar: number
  /** In ms; empty where nothing was answered. */
  readonly percentiles: readonly Percentile[]
}

export interface Percentile {
  readonly name: 'p50' | 'p90' | 'p99'
  readonly ms: number
  /** On the axis, 0 to 1. */
  readonly at: number
}

/** As latencyBuckets of the server. */
const fine = { smallestMs: 0.01, perDecade: 60 }

/** What is shown: four decades from 0.1 ms on, with 12 bars each. */
const axis = { fromMs: 0.1, decades: 4, perDecade: 12 }

export const axisTicks: readonly { readonly ms: number; readonly at: number }[] = Array.from(
  { length: axis.decades + 1 },
  (_, i) => ({ ms: axis.fromMs * 10 ** i, at: i / axis.decades }),
)

export function latencyView(tallies: readonly LatencyTally[]): LatencyRow[] {
  const rows = tallies.map((tally) => ({ tally, shares: sharesOf(tally) }))
  const highest = Math.max(...rows.flatMap(({ shares }) => shares), Number.MIN_VALUE)
  return rows.map(({ tally, shares }) => {
    const { mode, answered, failed } = tally
    return {
      mode,
      answered,
      failed,
      bars: shares.map((share) => share / highest),
      failedBar: Math.min(failed / Math.max(answered + failed, 1) / highest, 1),
      percentiles: answered === 0 ? [] : percentilesOf(tally),
    }
  })
}

/** Of all requests, so that those that failed are missing from the bars. */
function sharesOf({ buckets, answered, failed }: LatencyTally): number[] {
  const shares = Array.from({ length: axis.decades * axis.perDecade }, () => 0)
  for (const [index, count] of buckets) {
    const bar = Math.floor(positionOf(lowerEdge(index + 0.5)) * shares.length)
    const inside = Math.min(Math.max(bar, 0), shares.length - 1)
    shares[inside] = (shares[inside] as number) + count / (answered + failed)
  }
  return shares
}

function percentilesOf({ buckets, answered }: LatencyTally): Percentile[] {
  return (['p50', 'p90', 'p99'] as const).map((name) => {
    let left = (Number(name.slice(1)) / 100) * answered
    let ms = 0
    for (const [index, count] of buckets) {
      ms = lowerEdge(index + Math.min(left / count, 1))
      left -= count
      if (left <= 0) break
    }
    return { name, ms, at: Math.min(Math.max(positionOf(ms), 0), 1) }
  })
}

function lowerEdge(index: number): number {
  return fine.smallestMs * 10 ** (index / fine.perDecade)
}

function positionOf(ms: number): number {
  return Math.log10(ms / axis.fromMs) / axis.decades
}
