/**
 * Table: rows as aligned text under a header in capitals, as kubectl prints them.
 *
 * It remembers its widths, so that rows that are printed later (`-w`) stand under the same header.
 */

export interface Column<Row> {
  readonly header: string
  readonly cell: (row: Row) => string
  /** Changes by itself, and is no news to `-w`. */
  readonly isRestless?: true
  /** Printed with `-o wide` only. */
  readonly isWide?: true
  /** A list with commas. Where a line is too long, such columns give way first, from the left: `10.96.0.10:80,+3`. */
  readonly isList?: true
  /** Where it still is, these columns give way before the others: half an address is of no use to anybody. */
  readonly mayBeCut?: true
}

export interface TableOptions<Row> {
  readonly columns: readonly Column<Row>[]
  /** Characters a line may have. Default: as many as it needs. */
  readonly width?: number
}

/** Between two columns. Two are enough for the eye, and 80 columns are few. */
const gap = '  '

export class Table<Row> {
  readonly #columns: readonly Column<Row>[]
  readonly #width: number
  #widths: readonly number[] | undefined

  constructor({ columns, width = Number.POSITIVE_INFINITY }: TableOptions<Row>) {
    this.#columns = columns
    this.#width = width
  }

  /** The lines of `rows`, below the header where these are the first. No rows, no lines. */
  lines(rows: readonly Row[]): string[] {
    if (rows.length === 0) return []
    const cells = rows.map((row) => this.#columns.map(({ cell }) => printable(cell(row))))
    const headers = this.#columns.map(({ header }) => header)
    const before = this.#widths
    const widths = headers.map((header, i) =>
      Math.max(before?.[i] ?? header.length, ...cells.map((line) => line[i]?.length ?? 0)),
    )
    const lists = this.#columns.flatMap(({ header, isList }, i) => {
      if (isList !== true) return []
      const lengths = cells.map((line) => shortestList(line[i] ?? '').length)
      return [widths.map((_, j) => (j === i ? Math.max(header.length, ...lengths) : never))]
    })
    const least = this.#columns.map(({ mayBeCut }) => (mayBeCut === true ? leastWidth : never))
    const steps = [...lists, least, widths.map(() => 1)]
    this.#widths = steps.reduce((fitted, least) => this.#fit(fitted, least), widths)
    const lines = before === undefined ? [headers, ...cells] : cells
    return lines.map((line) => this.#align(line))
  }

  /** Widths with which the line fits, if none has to be less than `least` for it. */
  #fit(widths: readonly number[], least: readonly number[]): number[] {
    const fitted = [...widths]
    const room = Math.max(this.#width - gap.length * (fitted.length - 1), fitted.length)
    for (let sum = fitted.reduce((a, b) => a + b, 0); sum > room; sum--) {
      const candidates = fitted.map((width, i) => (width > (least[i] ?? never) ? width : 0))
      const widest = Math.max(...candidates)
      if (widest === 0) break
      fitted[candidates.indexOf(widest)] = widest - 1
    }
    return fitted
  }

  #align(line: readonly string[]): string {
    const cells = line.map((cell, i) => {
      const width = this.#widths?.[i] ?? 0
      const text = this.#columns[i]?.isList === true ? shortenList(cell, width) : cell
      return cut(text, width).padEnd(width)
    })
    return cells.join(gap).trimEnd()
  }
}

/** A column that may be cut keeps so many characters, as long as there are others. */
const leastWidth = 10

/** The least width of a column that does not give way. */
const never = Number.POSITIVE_INFINITY

/** As many entries as fit, and how many more there are; at least one. */
function shortenList(text: string, width: number): string {
  if (text.length <= width) return text
  const entries = text.split(',')
  for (let kept = entries.length - 1; kept > 1; kept--) {
    const shorter = keepFirst(entries, kept)
    if (shorter.length <= width) return shorter
  }
  return shortestList(text)
}

function shortestList(text: string): string {
  const entries = text.split(',')
  return entries.length === 1 ? text : keepFirst(entries, 1)
}

function keepFirst(entries: readonly string[], kept: number): string {
  return [...entries.slice(0, kept), `+${entries.length - kept}`].join(',')
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** Names of pods come from files: one must not be able to move the cursor of the terminal it is printed on. */
function printable(text: string): string {
  return text === '' ? '-' : text.replaceAll(/\p{C}/gu, '?')
}
