/**
 * The last line of the demo: how many scenes there were, and what came of them.
 */
import type { SceneReport } from '../../lib/lab/index.ts'
import type { Wording } from './wording.ts'

export interface DemoSummary {
  readonly scenes: number
  readonly failed: number
  /** Names of parts, each once. */
  readonly skipped: readonly string[]
  readonly durationMs: number
}

export function summaryOf(reports: readonly SceneReport[], durationMs: number): DemoSummary {
  const skipped = reports.flatMap(({ skipped }) => skipped.map(({ part }) => part))
  return {
    scenes: reports.length,
    failed: reports.filter(({ failure }) => failure !== undefined).length,
    skipped: [...new Set(skipped)],
    durationMs,
  }
}

/** `7 scenes, 0 failed, skipped: ipvs. 24.1 s` */
export function summaryLines(wording: Wording, summary: DemoSummary): string[] {
  const { scenes, failed, skipped, durationMs } = summary
  const values = {
    scenes: wording.say(scenes === 1 ? 'scenesOne' : 'scenesMany', { count: scenes }),
    failed,
    skipped:
      skipped.length === 0
        ? wording.say('skippedNone')
        : wording.say('skippedParts', { parts: skipped.join(', ') }),
    seconds: (durationMs / 1000).toFixed(1),
  }
  return wording.lines('summary', values, 0)
}
