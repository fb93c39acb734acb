/**
 * Timeline: what was done to the lab and what came of it, the latest last.
 *
 * What happens to single requests comes many times a second: it is one entry whose count grows, until something else
 * happens or it has been quiet for a while.
 */
import type { LabMode } from '../lab.ts'
import type { FailedOutcome, TimelineEntry, TimelineEvent } from './page-topics.ts'

/** What is older is forgotten. */
const mostEntries = 60

/** After so long without another one, the next is an entry of its own, in ms. */
const quietMs = 3000

interface Noted {
  readonly entry: TimelineEntry
  /** When it was added, or counted up last. */
  readonly touchedAt: number
}

export class Timeline {
  readonly #now: () => number
  #noted: readonly Noted[] = []
  #lastId = 0

  /** @param now ms since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  get entries(): readonly TimelineEntry[] {
    return this.#noted.map(({ entry }) => entry)
  }

  add(event: TimelineEvent): void {
    const at = this.#now()
    const noted = { entry: { id: ++this.#lastId, at, event }, touchedAt: at }
    this.#noted = [...this.#noted, noted].slice(-mostEntries)
  }

  /** Counts up the entry of the same kind since the last deed, or adds one. */
  count(kind: FailedOutcome | 'retried', mode: LabMode, count: number): void {
    const now = this.#now()
    const deed = this.#noted.findLastIndex(({ entry }) => !isOfRequests(entry.event))
    const index = this.#noted.findLastIndex(({ entry: { event }, touchedAt }) => {
      return event.kind === kind && event.mode === mode && now - touchedAt <= quietMs
    })
    const noted = this.#noted[index]
    if (noted === undefined || index < deed || !isOfRequests(noted.entry.event)) {
      this.add({ kind, mode, count })
      return
    }
    const event = { kind, mode, count: noted.entry.event.count + count }
    this.#noted = this.#noted.with(index, { entry: { ...noted.entry, event }, touchedAt: now })
  }
}

type RequestEvent = Extract<TimelineEvent, { kind: FailedOutcome | 'retried' }>

function isOfRequests(event: TimelineEvent): event is RequestEvent {
  return 'count' in event && 'mode' in event
}
