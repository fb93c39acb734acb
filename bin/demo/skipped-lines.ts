/**
 * What a scene could not show here, with the reason; parts that have the same reason stand together.
 */
import type { SkippedPart } from '../../lib/lab/index.ts'
import type { Wording } from './wording.ts'

export function skippedLines(wording: Wording, skipped: readonly SkippedPart[]): string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason)
  return [...byReason].flatMap(([reason, parts]) =>
    wording.lines('skipped', { part: parts.map(({ part }) => part).join(', '), reason }),
  )
}
