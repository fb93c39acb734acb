/**
 * answerView: the bars of who has answered, and what was to be expected of them. Pure.
 */
import type { LabDescription, LabMode, LabState, PodName } from '../../../lab.ts'
import type { AnswerTally, FailedOutcome, TrafficClient } from '../../page-topics.ts'
import type { FairSplit } from './fair-split.ts'
import { fairSplit } from './fair-split.ts'

export interface AnswerRow {
  readonly pod: PodName
  readonly count: number
  /** Of all that were sent, 0 to 1. */
  readonly share: number
  readonly open: number
  /** Whether the Service may choose it. */
  readonly isUsable: boolean
}

export interface AnswerView {
  readonly rows: readonly AnswerRow[]
  readonly failed: number
  readonly outcomes: readonly (readonly [FailedOutcome, number])[]
  readonly expectation: Expectation
  /** Whose address the pod saw; '' where it is not known. */
  readonly seen: 'client' | 'node' | ''
}

export type Expectation =
  | ({ readonly kind: 'fair' } & FairSplit)
  | { readonly kind: 'inTurn'; readonly expected: number }
  | { readonly kind: 'pinned' | 'held' | 'broken' | 'unready' | 'few' | 'chosen' }

export interface AnswerViewInput {
  readonly description: LabDescription
  readonly state: LabState
  readonly tally: AnswerTally
  readonly client: TrafficClient
}

export function answerView({ description, state, tally, client }: AnswerViewInput): AnswerView {
  const outcomes = (Object.entries(tally.failed) as [FailedOutcome, number][]).filter(
    ([, count]) => count > 0,
  )
  return {
    rows: state.pods.map(({ name, isReady, isListed }) => ({
      pod: name,
      count: tally.answered[name],
      share: tally.sent === 0 ? 0 : tally.answered[name] / tally.sent,
      open: tally.open[name],
      isUsable: isReady && isListed,
    })),
    failed: outcomes.reduce((sum, [, count]) => sum + count, 0),
    outcomes,
    expectation: expectationOf(state, tally, client),
    seen: seenOf(description, tally.seenClient),
  }
}

/** Kernel modes throw dice for each connection; these are asked in turn. */
const takesTurns = (mode: LabMode, scheduler: string): boolean =>
  mode === 'direct' || (['userspace', 'anyip', 'ipvs'].includes(mode) && scheduler === 'rr')

function expectationOf(state: LabState, tally: AnswerTally, client: TrafficClient): Expectation {
  const { service, pods, carriage, scheduler } = state
  const usable = pods.filter(({ isReady, isListed }) => isReady && isListed)
  if (usable.length === 0) return { kind: 'unready' }
  if (usable.some(({ condition }) => condition !== 'running')) return { kind: 'broken' }
  if (service.sessionAffinity === 'ClientIP' && carriage.mode !== 'direct')
    return { kind: 'pinned' }
  if (client !== 'new') return { kind: 'held' }
  const counts = usable.map(({ name }) => tally.answered[name])
  const split = fairSplit(counts)
  if (split.expected < 1) return { kind: 'few' }
  if (takesTurns(carriage.mode, scheduler)) return { kind: 'inTurn', expected: split.expected }
  if (!['iptables', 'nftables'].includes(carriage.mode)) return { kind: 'chosen' }
  return { kind: 'fair', ...split }
}

function seenOf(
  { clientAddress, nodeAddresses }: LabDescription,
  seen: string,
): AnswerView['seen'] {
  if (seen === '') return ''
  if (seen === clientAddress) return 'client'
  return nodeAddresses.includes(seen) ? 'node' : ''
}
