/**
 * Table: rows as aligned text under a header in capitals, as kubectl prints them.
 *
 * It remembers its widths, so that rows that are printed later (`-w`) stand under the same header.
 */

export interface Column<Row> {
  readonly header: string
  readonly cell: (row: Row) => string
  /** Printed with `-o wide` only. */
  readonly isWide?: true
  /** Where a line is too long, these columns give way before the others: half an address is of no use to anybody. */
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
    const mayBeCut = this.#columns.map((column) => column.mayBeCut === true)
    this.#widths = fit(widths, this.#width, mayBeCut)
    const lines = before === undefined ? [headers, ...cells] : cells
    return lines.map((line) => align(line, this.#widths ?? []))
  }
}

/** A column that may be cut keeps so many characters, as long as there are others. */
const leastWidth = 10

/** Widths with which the line fits; what is cut off is marked, and there with `-o wide`. */
function fit(widths: readonly number[], width: number, mayBeCut: readonly boolean[]): number[] {
  const fitted = [...widths]
  const room = Math.max(width - gap.length * (fitted.length - 1), fitted.length)
  for (let sum = fitted.reduce((a, b) => a + b, 0); sum > room; sum--) {
    const first = fitted.map((width, i) => (mayBeCut[i] === true && width > leastWidth ? width : 0))
    const candidates = first.some((width) => width > 0) ? first : fitted
    const widest = candidates.indexOf(Math.max(...candidates))
    fitted[widest] = (fitted[widest] ?? 0) - 1
  }
  return fitted
}

function align(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, i) => cut(cell, widths[i] ?? 0).padEnd(widths[i] ?? 0))
    .join(gap)
    .trimEnd()
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** Names of pods come from files: one must not be able to move the cursor of the terminal it is printed on. */
function printable(text: string): string {
  return text === '' ? '-' : text.replaceAll(/\p{C}/gu, '?')
}
