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

export class Timeline {
  readonly #now: () => number
  #entries: TimelineEntry[] = []
  #lastId = 0
  /** When an entry was added to or counted up last. */
  readonly #touchedAt = new Map<number, number>()

  /** @param now ms since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries
  }

  add(event: TimelineEvent): void {
    const entry = { id: ++this.#lastId, at: this.#now(), event }
    this.#entries = [...this.#entries, entry].slice(-mostEntries)
    this.#touchedAt.set(entry.id, entry.at)
    this.#touchedAt.delete(entry.id - mostEntries)
  }

  /** Counts up the entry of the same kind since the last deed, or adds one. */
  count(kind: FailedOutcome | 'retried', mode: LabMode, count: number): void {
    if (count === 0) return
    const index = this.#growing(kind, mode)
    const entry = this.#entries[index]
    if (entry === undefined || !('count' in entry.event)) {
      this.add({ kind, mode, count })
      return
    }
    const event = { kind, mode, count: entry.event.count + count }
    this.#entries = this.#entries.with(index, { ...entry, event })
    this.#touchedAt.set(entry.id, this.#now())
  }

  #growing(kind: TimelineEvent['kind'], mode: LabMode): number {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const { id, event } = this.#entries[i] as TimelineEntry
      if (!isOfRequests(event)) return -1
      if (event.kind !== kind || event.mode !== mode) continue
      return this.#now() - (this.#touchedAt.get(id) ?? 0) <= quietMs ? i : -1
    }
    return -1
  }
}

function isOfRequests(event: TimelineEvent): event is TimelineEvent & { mode: LabMode } {
  return 'count' in event && 'mode' in event
}
