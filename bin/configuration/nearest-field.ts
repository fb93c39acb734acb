/**
 * nearestField: which field somebody meant who wrote another name.
 */
import { countMistakes } from '../../lib/index.ts'
import { fields } from './fields.ts'

/** Path of the field whose name is most like that of `path`, be it in another object; `undefined` where none is. */
export function nearestField(path: string): string | undefined {
  const [parent, name] = split(path)
  let best: { path: string; cost: number } | undefined
  for (const candidate of fields.keys()) {
    const [itsParent, itsName] = split(candidate)
    const mistakes = countMistakes(name, itsName)
    if (mistakes === undefined) continue
    const cost = mistakes + (itsParent === parent ? 0 : 0.5)
    if (best === undefined || cost < best.cost) best = { path: candidate, cost }
  }
  return best?.path
}

function split(path: string): [parent: string, name: string] {
  const dot = path.lastIndexOf('.')
  return [path.slice(0, Math.max(dot, 0)), path.slice(dot + 1)]
}
