/**
 * Resource: one kind of thing that `get` prints, and how.
 */
import type { Column } from '../table.ts'

export interface Resource<Item> {
  /** Plural; also its path on the admin surface. */
  readonly name: string
  readonly aliases: readonly string[]
  /** An item belongs to the first view that holds it; each view is a table of its own. */
  readonly views: readonly View<Item>[]
  readonly namespace: (item: Item) => string
  /** Identity of an item for `-w`. */
  readonly id: (item: Item) => string
  /** Fields that change by themselves and are no news to `-w`. */
  readonly restless: readonly (keyof Item)[]
}

export interface View<Item> {
  readonly columns: readonly Column<Item>[]
  readonly holds: (item: Item) => boolean
}

/** A view of the items that `holds` recognizes: its columns are asked about no others. */
export function viewOf<Item, Held extends Item>(
  holds: (item: Item) => item is Held,
  columns: readonly Column<Held>[],
): View<Item> {
  return { holds, columns: columns as readonly Column<Item>[] }
}

/** An item that a watch has seen go. */
export type Gone<Item> = Item & { readonly gone?: true }
