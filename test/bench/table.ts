/** The results of one load as a table, no line longer than 80 columns. Pure. */
import { fold } from './fold.ts'
import type { Column } from './loads/load.ts'
import type { LoadResults, RelayResults } from './results.ts'
import { medianRatio } from './statistics.ts'

/** Whose ratios say most, besides those in the columns. */
const pairs = [
  ['ours', 'plain'],
  ['ours', 'nginx'],
  ['observed', 'ours'],
] as const

export function table({ name, description, columns, key, relays }: LoadResults): string[] {
  const shown = relays.filter(({ refused }) => !refused)
  const keyColumn = columns.find(({ header }) => header === key)
  if (keyColumn === undefined) throw new Error(`${name} has no column ${key}`)
  const ratioTo = (relay: RelayResults, other: string, figure: string): string => {
    const of = (name: string): number[] =>
      shown.find((one) => one.name === name)?.samples.map(({ figures }) => figures[figure] ?? 0) ??
      []
    const ratio = medianRatio(of(relay.name), of(other))
    return Number.isFinite(ratio) && ratio > 0 ? ratio.toFixed(2) : '-'
  }
  const headers = columns.map(({ header }) => (header === key ? `${header}*` : header))
  const rows = shown.map((relay) => [
    relay.name,
    ...columns.map((column) => cell(relay.figures[column.figure]?.median, column)),
    range(relay, keyColumn),
    ratioTo(relay, 'haproxy', keyColumn.figure),
    ratioTo(relay, 'direct', 'rate'),
  ])
  const others = shown.flatMap((relay) => {
    const [base = ''] = relay.name.split('+')
    const to = pairs.filter(([one]) => one === relay.name).map(([, other]) => other)
    return [...to, ...(base === relay.name ? [] : [base])].map(
      (other) => [`${relay.name}/${other}`, ratioTo(relay, other, keyColumn.figure)] as const,
    )
  })
  const known = others.filter(([, ratio]) => ratio !== '-').map((pair) => pair.join(' '))
  return [
    ...fold(`${name}: ${description}`),
    ...align([['RELAY', ...headers, 'RANGE', '/HAPROXY', '/DIRECT'], ...rows]),
    ...(known.length > 0 ? fold(`${key}: ${known.join(', ')}`) : []),
    ...relays.flatMap(note).flatMap(fold),
  ]
}

function note({ name, refused, repeated }: RelayResults): string[] {
  if (refused) return [`${name}: no figures; ${[...repeated, refused.reason].join('; ')}`]
  return repeated.length > 0 ? [`${name}: run again; ${repeated.join('; ')}`] : []
}

function cell(value = Number.NaN, { scale = 1, digits = 0 }: Column): string {
  return Number.isFinite(value) ? (value * scale).toFixed(digits) : '-'
}

function range({ figures }: RelayResults, column: Column): string {
  const { min, max } = figures[column.figure] ?? {}
  return `${cell(min, column)}-${cell(max, column)}`
}

/** The first column to the left, numbers to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join(' '),
  )
}
