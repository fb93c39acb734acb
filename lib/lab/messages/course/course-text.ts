/**
 * CourseText: what the course says in one language.
 */
import type { ExperimentName } from '../../course/experiment.ts'
import type { en } from './en.ts'

/** Of the sentences that tell what was seen. */
export type SeenKey = keyof (typeof en)['seen']

export interface ExperimentText {
  readonly title: string
  readonly question: string
  /** One of them is right, and `answer` says which: 0, 1 or 2. */
  readonly choices: readonly [string, string, string]
  readonly answer: 0 | 1 | 2
  readonly why: string
  /** What many articles say, and what was seen here or is the case today. */
  readonly errata: readonly (readonly [said: string, saw: string])[]
  readonly next: string
}

export interface CourseText {
  readonly words: Readonly<Record<keyof (typeof en)['words'], string>>
  readonly outcomes: Readonly<Record<keyof (typeof en)['outcomes'], string>>
  readonly seen: Readonly<Record<SeenKey, string>>
  readonly experiments: Readonly<Record<ExperimentName, ExperimentText>>
}
