/**
 * TopicBoard: the newest value of each topic, and at which revision it got it.
 *
 * Who was cut off at some revision is told the topics that are newer, each once and whole: there is no log of changes
 * that could be too short.
 */
import type { PageTopics, TopicName } from './page-topics.ts'

export class TopicBoard {
  readonly #values = new Map<TopicName, unknown>()
  readonly #changedAt = new Map<TopicName, number>()
  readonly #listeners = new Set<() => void>()
  #revision = 0

  /** Counts the changes. */
  get revision(): number {
    return this.#revision
  }

  set<Name extends TopicName>(name: Name, value: PageTopics[Name]): void {
    this.#values.set(name, value)
    this.#changedAt.set(name, ++this.#revision)
    for (const listener of this.#listeners) listener()
  }

  /** Returns the topics that have changed after `revision`; all of them after 0. */
  since(revision: number): Partial<PageTopics> {
    const names = [...this.#values.keys()].filter(
      (name) => (this.#changedAt.get(name) ?? 0) > revision,
    )
    return Object.fromEntries(names.map((name) => [name, this.#values.get(name)]))
  }

  /** Calls `listener` after each change, until the function that is returned is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
