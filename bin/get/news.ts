/**
 * newsOf: what a watch looks at in an item: what it prints of it, and of that nothing which changes by itself. A count
 * of bytes that no column shows is no reason to print the same row again.
 */
import type { NewsText } from './changes.ts'
import type { Format } from './format.ts'
import type { Resource } from './resource.ts'

export function newsOf<Item>(resource: Resource<Item>, format: Format): NewsText<Item> {
  const { views, restless } = resource
  if (format === 'table' || format === 'wide') {
    return (item) => {
      const columns = views.find(({ holds }) => holds(item))?.columns ?? []
      const shown = columns.filter(
        ({ isWide, isRestless }) => !isRestless && (!isWide || format === 'wide'),
      )
      return JSON.stringify(shown.map(({ cell }) => cell(item)))
    }
  }
  const hidden: ReadonlySet<string> = new Set(restless.map(String))
  return (item) =>
    JSON.stringify(item, (key, value: unknown) => (hidden.has(key) ? undefined : value))
}
