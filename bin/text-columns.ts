/**
 * Text by the columns that it takes on a terminal: Chinese characters take two.
 */

/** East Asian wide: CJK, its punctuation, full-width forms, Hangul, kana. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g

export function columnsOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0)
}

/** Fills up with spaces; what is too long stays as it is. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}

export interface WrapColumnsOptions {
  /** Default 80. */
  readonly width?: number
  /** What the first line begins with, and all others. */
  readonly first: string
  readonly others: string
}

/** A word of Latin letters with what belongs to it, or one wide character with the punctuation that must not begin a line. */
const unit =
  /[\u1100-\u115f\u2e80-\u3000\u3003-\u3007\u3010-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff08][，。：；、？！）」”]*|[^\s\u1100-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]+[，。：；、？！）」”]*|\s+|./g

/** As lines that a terminal shows whole. A word that is longer than a line has one of its own. */
export function wrapColumns(
  text: string,
  { width = 80, first, others }: WrapColumnsOptions,
): string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const [part] of text.matchAll(unit)) {
    if (!isEmpty && columnsOf(line + part.trimEnd()) > width) {
      lines.push(line.trimEnd())
      line = others
      isEmpty = true
    }
    // A line does not begin with the space at which it was broken.
    if (isEmpty && part.trim() === '') continue
    line += part
    isEmpty = false
  }
  return [...lines, line.trimEnd()]
}
