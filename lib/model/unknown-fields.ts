/**
 * unknownFields: the fields of an object that the Kubernetes API does not have.
 *
 * No problem of the object, which is read as the API server would read it; but nobody writes a field in order to have
 * it ignored.
 */
import { countMistakes } from './count-mistakes.ts'
import { knownFields, type FieldNames } from './known-fields.ts'
import { fieldName, type FieldPath } from './object-field.ts'
import { printable } from './printable.ts'

export interface UnknownField {
  readonly path: FieldPath
  /** For people, made when it is asked for: `targetPorts is no field of a Service and is ignored; …`. */
  readonly message: () => string
}

/** Finds them in the order of the object, which may be anything; none in an object of a kind that is not ours. */
export function* unknownFields(value: unknown, kind: string): Generator<UnknownField> {
  if (!Object.hasOwn(knownFields, kind)) return
  const names = knownFields[kind as keyof typeof knownFields]
  for (const path of unknownPaths(value, names, [])) {
    yield { path, message: () => describe(path, kind, names) }
  }
}

function* unknownPaths(value: unknown, names: FieldNames, path: FieldPath): Generator<FieldPath> {
  if (typeof value !== 'object' || value === null) return
  const isList = Array.isArray(value)
  for (const [key, field] of Object.entries(value)) {
    const fieldPath = [...path, isList ? Number(key) : key]
    // A list in a list is wrong, and told as that.
    if (isList) yield* Array.isArray(field) ? [] : unknownPaths(field, names, fieldPath)
    else if (!Object.hasOwn(names, key)) yield fieldPath
    else if (names[key]) yield* unknownPaths(field, names[key], fieldPath)
  }
}

function describe(path: FieldPath, kind: string, names: FieldNames): string {
  const right = nearest(path, names)
  const advice = right === undefined ? '' : `; ${right} would be right`
  const article = /^[AEIOU]/.test(kind) ? 'an' : 'a'
  // The whole path where the name alone is one of another place.
  return `${printable(fieldName(path))} is no field of ${article} ${kind} here and is ignored${advice}`
}

/** The known field whose name is most like the one that was written, be it in another place. */
function nearest(path: FieldPath, names: FieldNames): string | undefined {
  const words = path.filter((key) => typeof key === 'string')
  const written = words.at(-1) as string
  const parent = words.slice(0, -1).join('.')
  let best: { readonly right: string; readonly cost: number } | undefined
  for (const place of places(names, [])) {
    const name = place.at(-1) as string
    const mistakes = countMistakes(written, name)
    if (mistakes === undefined) continue
    const itsParent = place.slice(0, -1).join('.')
    const cost = mistakes + (itsParent === parent ? 0 : 0.5)
    if (best !== undefined && cost >= best.cost) continue
    best = { right: itsParent === parent ? name : place.join('.'), cost }
  }
  return best?.right
}

function* places(names: FieldNames, parent: readonly string[]): Generator<readonly string[]> {
  for (const [name, fields] of Object.entries(names)) {
    const place = [...parent, name]
    yield place
    if (fields !== null) yield* places(fields, place)
  }
}
