/**
 * TextPositions: line and column of an offset in a text, as editors count them.
 */

export class TextPositions {
  readonly #text: string
  #lineStarts: number[] | undefined

  constructor(text: string) {
    this.#text = text
  }

  /** `line:column` of the character at `offset`, both counted from 1, in UTF-16 units. */
  at(offset: number): string {
    const starts = (this.#lineStarts ??= lineStarts(this.#text))
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((starts[middle] as number) <= offset) low = middle
      else high = middle
    }
    return `${low + 1}:${offset - (starts[low] as number) + 1}`
  }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) {
    starts.push(end + 1)
  }
  return starts
}
