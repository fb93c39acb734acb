/**
 * TopicBoard: the newest value of each topic, and at which revision it got it.
 *
 * Who was cut off at some revision is told the topics that are newer, each once and whole: there is no log of changes
 * that could be too short.
 */
import type { PageTopics, TopicName } from './page-topics.ts'

export class TopicBoard {
  readonly #topics = new Map<TopicName, { readonly value: unknown; readonly changedAt: number }>()
  readonly #listeners = new Set<() => void>()
  #revision = 0

  /** Counts the changes. */
  get revision(): number {
    return this.#revision
  }

  set<Name extends TopicName>(name: Name, value: PageTopics[Name]): void {
    this.#topics.set(name, { value, changedAt: ++this.#revision })
    for (const listener of this.#listeners) listener()
  }

  /** Returns the topics that have changed after `revision`; all of them after 0. */
  since(revision: number): Partial<PageTopics> {
    const news = [...this.#topics].filter(([, { changedAt }]) => changedAt > revision)
    return Object.fromEntries(news.map(([name, { value }]) => [name, value]))
  }

  /** Calls `listener` after each change, until the function that is returned is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
