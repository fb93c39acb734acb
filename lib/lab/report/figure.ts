/**
 * Figure: one cell of the report that is a number: what each round has measured, or why that does not count. Pure.
 */
import type { Spread } from '../statistics/spread.ts'
import { compareSpreads, spreadOf } from '../statistics/spread.ts'

export interface Figure {
  /** Of the rounds that count. */
  readonly values: readonly number[]
  /** Why other rounds do not, each of them. */
  readonly invalid: readonly string[]
}

/** Gathers the rounds of many cells. */
export class Figures {
  readonly #values = new Map<string, { values: number[]; invalid: string[] }>()

  add(key: string, value: number | undefined): void {
    if (value !== undefined) this.#of(key).values.push(value)
  }

  addInvalid(key: string, reason: string): void {
    this.#of(key).invalid.push(reason)
  }

  /** `undefined`: nobody has measured it. */
  get(key: string): Figure | undefined {
    return this.#values.get(key)
  }

  #of(key: string) {
    const figure = this.#values.get(key) ?? { values: [], invalid: [] }
    this.#values.set(key, figure)
    return figure
  }
}

export type NumberFormat = (value: number) => string

/** `442 [410–510]`; where a round was spoiled, why, and no number. */
export function formatFigure(figure: Figure, format: NumberFormat): string {
  const [reason] = figure.invalid
  if (reason !== undefined) return `invalid: ${reason}`
  const spread = spreadOf(figure.values)
  return spread === undefined ? '' : formatSpread(spread, format)
}

function formatSpread({ median, min, max }: Spread, format: NumberFormat): string {
  const [low, high] = [format(min), format(max)]
  return low === high ? format(median) : `${format(median)} [${low}–${high}]`
}

/** Of fewer rounds nobody knows how far they would be apart. */
const fewestRounds = 3

/** How a figure differs from another one, in words: `1.9x`, or that it does not; '' where one of them is none. */
export function difference(figure: Figure | undefined, base: Figure | undefined): string {
  const [own, other] = [goodSpread(figure), goodSpread(base)]
  if (own === undefined || other === undefined) return ''
  if (compareSpreads(own, other) === 'same') return 'no visible difference'
  const ratio = own.median / other.median
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2)}x`
}

function goodSpread(figure: Figure | undefined): Spread | undefined {
  if (figure === undefined || figure.invalid.length > 0) return undefined
  return figure.values.length < fewestRounds ? undefined : spreadOf(figure.values)
}
