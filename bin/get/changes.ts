/**
 * Changes: what is new in a list that is asked for again and again.
 */
import type { Gone, Resource } from './resource.ts'

export class Changes<Item extends object> {
  readonly #resource: Resource<Item>
  #known = new Map<string, { readonly item: Item; readonly text: string }>()

  constructor(resource: Resource<Item>) {
    this.#resource = resource
  }

  /** Items that are new or have changed since the last call, then those that are gone, marked as such. */
  next(items: readonly Item[]): Gone<Item>[] {
    const before = this.#known
    this.#known = new Map(
      items.map((item) => [this.#resource.id(item), { item, text: this.#textOf(item) }]),
    )
    const changed = items.filter(
      (item) => before.get(this.#resource.id(item))?.text !== this.#textOf(item),
    )
    const gone = [...before].filter(([id]) => !this.#known.has(id))
    return [...changed, ...gone.map(([, { item }]) => ({ ...item, gone: true as const }))]
  }

  #textOf(item: Item): string {
    const restless: ReadonlySet<string> = new Set(this.#resource.restless.map(String))
    return JSON.stringify(item, (key, value: unknown) => (restless.has(key) ? undefined : value))
  }
}
