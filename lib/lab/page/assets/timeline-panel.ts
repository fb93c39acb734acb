/**
 * TimelinePanel: what has happened, the latest first; and a voice that tells it to who does not look.
 */
import type { PageTopics, TimelineEntry } from '../page-topics.ts'
import { byId, element, setAttribute, setText } from './element.ts'
import type { Language } from './language.ts'
import type { Panel } from './panel.ts'
import { badge, panelHead, showTruth } from './panel.ts'
import { eventText, isFailure } from './view/event-text.ts'

export class TimelinePanel implements Panel {
  readonly uses = ['timeline', 'sides'] as const
  readonly #badge = badge()
  readonly #list = element('ol', { tabindex: '0', 'aria-labelledby': 'timeline-title' })
  readonly #items = new Map<number, { root: HTMLElement; time: HTMLElement; text: HTMLElement }>()
  readonly #announcer = byId('announcer')
  #announced = 0

  constructor() {
    const { root, tools } = panelHead('timeline')
    tools.append(this.#badge)
    root.append(this.#list)
  }

  show({ timeline, sides }: PageTopics, language: Language): void {
    const isReal = sides.every(({ carriage }) => carriage.truth === 'REAL')
    showTruth(this.#badge, isReal ? 'REAL' : 'SIMULATED', language)
    const ids = new Set(timeline.map(({ id }) => id))
    for (const [id, { root }] of this.#items) {
      if (ids.has(id)) continue
      root.remove()
      this.#items.delete(id)
    }
    for (const entry of timeline) this.#showEntry(entry, language)
    this.#announce(timeline, language)
  }

  #showEntry({ id, at, event }: TimelineEntry, language: Language): void {
    const item = this.#items.get(id) ?? this.#add(id)
    setText(item.time, language.time(at))
    setAttribute(item.time, 'datetime', new Date(at).toISOString())
    setText(item.text, textOf(event, language))
    setAttribute(item.root, 'data-kind', event.kind)
    item.root.classList.toggle('failure', isFailure(event))
  }

  #add(id: number) {
    const [time, text] = [element('time'), element('span')]
    const item = { root: element('li', {}, time, text), time, text }
    this.#items.set(id, item)
    this.#list.prepend(item.root)
    return item
  }

  /** Events, and never samples: a count that grows is told once. What was before the page came is not told. */
  #announce(timeline: readonly TimelineEntry[], language: Language): void {
    const last = timeline.at(-1)?.id ?? 0
    const news = timeline.filter(({ id }) => id > this.#announced)
    const isFirst = this.#announced === 0
    this.#announced = last
    if (isFirst || news.length === 0) return
    this.#announcer.textContent = news.map(({ event }) => textOf(event, language)).join('. ')
  }
}

function textOf(event: TimelineEntry['event'], language: Language): string {
  const { key, parameters } = eventText(event)
  const shown = { ...parameters }
  if (event.kind === 'client') shown['client'] = language.text(`client.${event.client}`)
  return language.text(key, shown)
}
