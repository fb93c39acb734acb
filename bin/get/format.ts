/**
 * The formats of `get`: from items to text.
 */
import { stringify } from 'yaml'
import { Table } from '../table.ts'
import type { Gone, Resource } from './resource.ts'

export const formats = ['table', 'wide', 'json', 'yaml'] as const

export type Format = (typeof formats)[number]

/** Turns items into lines to print; what it has printed before decides on headers and widths. */
export type Formatter<Item> = (items: readonly Gone<Item>[]) => string[]

/** A terminal of old; who needs more has `-o wide`. */
export const tableWidth = 80

/** @param options.isWatch one document for each item, since a list never ends */
export function formatter<Item>(
  resource: Resource<Item>,
  { format, isWatch }: { format: Format; isWatch: boolean },
): Formatter<Item> {
  if (format === 'table' || format === 'wide') return tableFormatter(resource, format)
  const write = format === 'json' ? json : yaml
  return isWatch
    ? (items) => items.map((item) => write(item, 'one of many'))
    : (items) => [write({ kind: 'List', items }, 'all')]
}

type Extent = 'one of many' | 'all'

function json(value: unknown, extent: Extent): string {
  return extent === 'all' ? JSON.stringify(value, null, 2) : JSON.stringify(value)
}

function yaml(value: unknown, extent: Extent): string {
  return `${extent === 'all' ? '' : '---\n'}${stringify(value).trimEnd()}`
}

function tableFormatter<Item>(
  { views }: Resource<Item>,
  format: 'table' | 'wide',
): Formatter<Item> {
  const tables = views.map(({ holds, columns }) => ({
    holds,
    table:
      format === 'wide'
        ? new Table({ columns })
        : new Table({ columns: columns.filter((column) => !column.isWide), width: tableWidth }),
  }))
  let isFirst = true
  return (items) => {
    const blocks = tables.map(({ holds, table }) => table.lines(items.filter(holds)))
    const filled = blocks.filter((lines) => lines.length > 0)
    const lines = filled.flatMap((lines, i) => (isFirst && i > 0 ? ['', ...lines] : lines))
    isFirst = false
    return lines
  }
}
