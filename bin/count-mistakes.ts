/**
 * countMistakes: how far a name that somebody wrote is from one that there is.
 */

/** No name is half so long, and time grows with the length. */
const longestName = 64

/**
 * Characters that must be put in, left out or replaced (Levenshtein) to make `right` of `written`; `undefined` where they
 * are more than a third of it, since that is another name. `bind-address` and `bindAddress` are the same.
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
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (const [i, character] of Array.from(from).entries()) {
    const next = [i + 1]
    for (const [j, other] of Array.from(to).entries()) {
      const [replaced, left, put] = [row[j], row[j + 1], next[j]] as [number, number, number]
      next.push(Math.min(replaced + (character === other ? 0 : 1), left + 1, put + 1))
    }
    row = next
  }
  return row.at(-1) as number
}
