/**
 * Findings: what there is to say about places of a text, a line each.
 */

/** More than there are fields; a file of nothing but mistakes is not worth reading to its end. */
const maxLines = 100
const longestValue = 80

export class Findings {
  readonly #text: string
  readonly #file: string
  readonly #found: { readonly offset: number; readonly message: () => string }[] = []

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
  }

  get isEmpty(): boolean {
    return this.#found.length === 0
  }

  /** @param message asked for only if it is told */
  add(offset: number, message: () => string): void {
    this.#found.push({ offset, message })
  }

  /** `FILE:LINE:COLUMN: message`, in the order of the text; columns are UTF-16 units, as in editors. */
  lines(): string[] {
    const found = this.#found.toSorted((a, b) => a.offset - b.offset)
    const lines = found.slice(0, maxLines).map(({ offset, message }) => {
      const before = this.#text.slice(0, offset).split('\n')
      return `${this.#file}:${before.length}:${(before.at(-1) as string).length + 1}: ${message()}`
    })
    return found.length > maxLines
      ? [...lines, `${this.#file}: ${found.length - maxLines} more`]
      : lines
  }
}

/** A value as JSON, cut where it is long, with every character escaped that could change what a terminal shows. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value)
  const cut = json.length > longestValue ? `${json.slice(0, longestValue)}…` : json
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
