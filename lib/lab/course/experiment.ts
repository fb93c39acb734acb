/**
 * Experiment: one question of the course, put to a lab by a function. Its record is plain data: groups of facts, each
 * with the key of the sentence that tells it and the values that were found.
 */
import type { Lab, LabMode, Truth } from '../lab.ts'
import type { SeenKey } from '../messages/course/course-text.ts'
import type { SkippedPart } from '../scenes/scene.ts'

export const experimentNames = [
  'where-is-a-clusterip',
  'what-1-0-did',
  'reading-iptables-save',
  'random-or-in-turn',
  'who-retries',
  'open-connections',
  'who-am-i-to-the-pod',
  'sticky-headless-or-neither',
  'ready-or-not',
  'a-thousand-services',
] as const
export type ExperimentName = (typeof experimentNames)[number]

/** One fact. `values.outcome` is an `Outcome`, and is told in words. */
export interface Seen {
  readonly key: SeenKey
  readonly values: Readonly<Record<string, string | number>>
}

/** What was seen in one mode. */
export interface SeenGroup {
  readonly mode: LabMode
  readonly truth: Truth
  readonly seen: readonly Seen[]
}

export interface ExperimentRecord {
  readonly number: number
  readonly name: ExperimentName
  readonly groups: readonly SeenGroup[]
  readonly skipped: readonly SkippedPart[]
}

export interface ExperimentContext {
  readonly lab: Lab
  /** Begins a group: sets the mode, and returns what takes its facts. */
  readonly in: (mode: LabMode) => Promise<See>
  readonly skip: (part: SkippedPart) => void
}

export type See = (key: SeenKey, values?: Seen['values']) => void

export type Experiment = (context: ExperimentContext) => Promise<void>
