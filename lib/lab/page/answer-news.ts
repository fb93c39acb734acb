/**
 * answerNews: what the timeline is to say of answers: how many failed in which way, and how many were tried again. Pure.
 */
import type { Answer } from '../lab.ts'
import type { FailedOutcome } from './page-topics.ts'

export type AnswerNews = readonly (readonly [kind: FailedOutcome | 'retried', count: number])[]

/** Empty where all went as it should. */
export function answerNews(answers: readonly Answer[]): AnswerNews {
  const counts = new Map<FailedOutcome | 'retried', number>()
  for (const { outcome, attempts } of answers) {
    const kind = outcome === 'ok' ? 'retried' : outcome
    if (outcome !== 'ok' || attempts > 1) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts]
}
