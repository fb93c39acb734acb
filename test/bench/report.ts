/** Results as text, no line longer than 80 columns. Pure. */
import type { LoadResults, RelayResults, Results } from './results.ts'

const width = 80
const compared = 'haproxy'
const unrelayed = 'direct'

export function report(results: Results): string[] {
  return [
    ...describeRun(results),
    ...results.loads.flatMap((load) => ['', ...table(load)]),
    '',
    ...fold(
      `Medians of ${results.rounds} rounds. RANGE, and the ratio to HAProxy (/HAPROXY), are of the column marked *; ` +
        'the ratio to no relay (/DIRECT) is of the rate. Latencies in µs; CPU is user and system time of the relay.',
    ),
  ]
}

function describeRun({ machine, relays, missing, rounds, seconds }: Results): string[] {
  const { date, cpu, cores, memoryGB, system, node, wrk, pinning, loadAverage } = machine
  return [
    `${date}; ${cores} cores, ${cpu}, ${memoryGB} GB`,
    `${system}; Node ${node}, wrk ${wrk}`,
    `${pinning}; load average at the start ${loadAverage}`,
    `${rounds} rounds, interleaved, runs of about ${seconds} s`,
    ...relays.map(({ name, description, version }) =>
      `${name}: ${description} ${version}`.trimEnd(),
    ),
    ...missing.map((name) => `${name}: not installed, left out`),
  ].flatMap(fold)
}

/** The table of one load: columns of the load, and what is compared. */
export function table({ name, description, columns, key, relays }: LoadResults): string[] {
  const keyColumn = columns.find(({ header }) => header === key)
  const headers = columns.map(({ header }) => (header === key ? `${header}*` : header))
  const rows = relays.flatMap((relay) => {
    if (relay.refused !== undefined) return []
    const cells = columns.map(({ figure, scale = 1, digits = 0 }) =>
      number((relay.figures[figure]?.median ?? Number.NaN) * scale, digits),
    )
    const range = keyColumn && relay.figures[keyColumn.figure]
    const { scale = 1, digits = 0 } = keyColumn ?? {}
    return [
      [
        relay.name,
        ...cells,
        range ? `${number(range.min * scale, digits)}-${number(range.max * scale, digits)}` : '-',
        ratio(relays, { relay, to: compared, figure: keyColumn?.figure ?? '' }),
        ratio(relays, { relay, to: unrelayed, figure: 'rate' }),
      ],
    ]
  })
  const lines = align([['RELAY', ...headers, 'RANGE', '/HAPROXY', '/DIRECT'], ...rows])
  const notes = relays.flatMap((relay) => {
    if (relay.refused !== undefined) return [`${relay.name}: no figures; ${relay.refused}`]
    if (relay.repeated.length > 0) return [`${relay.name}: run again; ${relay.repeated.join('; ')}`]
    return []
  })
  return [...fold(`${name}: ${description}`), ...lines, ...notes.flatMap(fold)]
}

function ratio(
  relays: readonly RelayResults[],
  { relay, to, figure }: { relay: RelayResults; to: string; figure: string },
): string {
  const own = relay.figures[figure]?.median ?? 0
  const other = relays.find(({ name }) => name === to)?.figures[figure]?.median ?? 0
  return own > 0 && other > 0 ? (own / other).toFixed(2) : '-'
}

function number(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '-'
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join(' '),
  )
}

function fold(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}
