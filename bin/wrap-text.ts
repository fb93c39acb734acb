/**
 * wrapText: a text for people as lines that a terminal shows whole.
 */

export interface WrapOptions {
  /** Characters a line may have. A word that is longer has a line of its own. */
  readonly width: number
  /** What the first line begins with, and all others. */
  readonly first: string
  readonly others: string
}

export function wrapText(text: string, { width, first, others }: WrapOptions): string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = others
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
