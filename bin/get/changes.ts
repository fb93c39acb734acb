/**
 * Changes: what is new in a list that is asked for again and again.
 */
import type { Gone, Resource } from './resource.ts'

/** What is news of an item: where this text is the same, nothing is. */
export type NewsText<Item> = (item: Item) => string

export class Changes<Item extends object> {
  readonly #id: Resource<Item>['id']
  readonly #textOf: NewsText<Item>
  #known = new Map<string, { readonly item: Item; readonly text: string }>()

  constructor({ id }: Pick<Resource<Item>, 'id'>, textOf: NewsText<Item>) {
    this.#id = id
    this.#textOf = textOf
  }

  /** Items that are new or have changed since the last call, then those that are gone, marked as such. */
  next(items: readonly Item[]): Gone<Item>[] {
    const before = this.#known
    this.#known = new Map(items.map((item) => [this.#id(item), { item, text: this.#textOf(item) }]))
    const changed = [...this.#known].filter(([id, { text }]) => before.get(id)?.text !== text)
    const gone = [...before].filter(([id]) => !this.#known.has(id))
    return [
      ...changed.map(([, { item }]) => item),
      ...gone.map(([, { item }]) => ({ ...item, gone: true as const })),
    ]
  }
}
