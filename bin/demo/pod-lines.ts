/**
 * Scenes 4 and 5 on a terminal.
 */
import type { DeadPodRecord, OpenConnectionRecord } from '../../lib/lab/index.ts'
import { padColumns } from '../text-columns.ts'
import type { Wording } from './wording.ts'

export function deadPodLines(wording: Wording, { pod, modes, band }: DeadPodRecord): string[] {
  const [first] = modes
  return [
    ...wording.lines('deadPod', { pod }),
    ...modes.map(({ mode, truth, requests, ok, refused, retried }) => {
      const row = wording.say('deadPodRow', {
        mode: padColumns(mode, 10),
        requests,
        ok: right(ok),
        refused: right(refused),
        retried: right(retried),
      })
      return wording.badged(`    ${row}`, truth)
    }),
    ...modes
      .filter(({ other }) => other > 0)
      .flatMap(({ mode, other }) => wording.lines('deadPodOther', { mode, other })),
    ...wording.lines('deadPodBand', { ...band, requests: first?.requests ?? 0 }),
    ...wording.why('becauseDeadPod'),
  ]
}

function right(count: number): string {
  return String(count).padStart(4)
}

export function openConnectionLines(wording: Wording, { modes }: OpenConnectionRecord): string[] {
  const deeper = 6
  return [
    ...modes.flatMap(({ mode, truth, pod, before, after, others, end }) => [
      wording.badged(`    ${mode}`, truth),
      ...wording.lines('open', { pods: wording.names(before) }, deeper),
      ...wording.lines('endpointGone', { pod }, deeper),
      ...wording.lines(
        'openStill',
        { pods: wording.names(after), others: wording.names(others) },
        deeper,
      ),
      ...wording.lines('podKilled', { pod }, deeper),
      ...wording.lines('openEnd', { end: wording.names([end]) }, deeper),
    ]),
    ...wording.why('becauseOpenConnection'),
  ]
}
