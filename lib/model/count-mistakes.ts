/**
 * countMistakes: how far a name that somebody wrote is from one that there is.
 */

/** No name is half so long, and time grows with the length. */
const longestName = 64

/**
 * Characters that must be put in, left out, replaced, or swapped with the next one to make `right` of `written` (the
 * distance of Damerau and Levenshtein); `undefined` where they are more than a third of it, since that is another name.
 * `bind-address` and `bindAddress` are the same.
 */
export function countMistakes(written: string, right: string): number | undefined {
  if (written.length > longestName) return undefined
  const mistakes = distance(plain(written), plain(right))
  return mistakes * 3 > right.length ? undefined : mistakes
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '')
}

function distance(from: string, to: string): number {
  // Of characters before and up to the last one of `from`; none beyond the first.
  let earlier: readonly number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const [replaced, left, put] = [row[j], row[j + 1], next[j]] as [number, number, number]
      const isSame = from[i] === to[j]
      const isSwapped = i > 0 && j > 0 && from[i] === to[j - 1] && from[i - 1] === to[j]
      const swapped = isSwapped ? (earlier[j - 1] as number) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min(replaced + (isSame ? 0 : 1), left + 1, put + 1, swapped))
    }
    earlier = row
    row = next
  }
  return row.at(-1) as number
}
