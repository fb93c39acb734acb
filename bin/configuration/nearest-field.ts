/**
 * nearestField: which field somebody meant who wrote another name.
 */
import { fields } from './fields.ts'

/** No name of a field is half so long, and time grows with the length. */
const longestName = 64

/** Path of the field whose name is most like that of `path`, be it in another object; `undefined` where none is. */
export function nearestField(path: string): string | undefined {
  const [parent, name] = split(path)
  if (name.length > longestName) return undefined
  let best: { path: string; cost: number } | undefined
  for (const candidate of fields.keys()) {
    const [itsParent, itsName] = split(candidate)
    const mistakes = distance(plain(name), plain(itsName))
    // A third of a name mistyped is another name.
    if (mistakes * 3 > itsName.length) continue
    const cost = mistakes + (itsParent === parent ? 0 : 0.5)
    if (best === undefined || cost < best.cost) best = { path: candidate, cost }
  }
  return best?.path
}

function split(path: string): [parent: string, name: string] {
  const dot = path.lastIndexOf('.')
  return [path.slice(0, Math.max(dot, 0)), path.slice(dot + 1)]
}

/** `bind-address` and `bindaddress` are no mistakes of spelling. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '')
}

/** How many characters must be put in, left out or replaced (Levenshtein). */
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
