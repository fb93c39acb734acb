/**
 * Reads JSON, and finds a field again in its text.
 *
 * `JSON.parse` is a hundred times faster than a YAML parser and tells no positions. So the text is looked through once
 * more for the beginnings of the items of a list, and deeper only where there is a problem to be placed.
 */
import type { FieldPath } from '../model/object-field.ts'
import type { FieldPart, ManifestValue } from './manifest-value.ts'

/**
 * The value of a JSON text.
 *
 * @throws {SyntaxError} where it is none
 */
export function readJson(text: string): ManifestValue {
  const value: unknown = JSON.parse(text)
  const offsets = new JsonOffsets(text)
  return { value, offsetOf: (path, part) => offsets.of(path, part) }
}

interface Child {
  readonly keyAt: number
  readonly valueAt: number
}

type Children = ReadonlyMap<string | number, Child>

/** Finds fields in a text that is known to be valid JSON. */
class JsonOffsets {
  readonly #text: string
  /** Children of the document and of its fields, by the offset of their parent: the long lists are among them. */
  readonly #known = new Map<number, Children>()

  constructor(text: string) {
    this.#text = text
  }

  of(path: FieldPath, part?: FieldPart): number {
    let valueAt = skipBlanks(this.#text, 0)
    let keyAt = valueAt
    for (const [depth, key] of path.entries()) {
      const child = this.#children(valueAt, depth).get(key)
      if (child === undefined) return keyAt
      keyAt = child.keyAt
      valueAt = child.valueAt
    }
    return part === 'key' || this.#text.startsWith('null', valueAt) ? keyAt : valueAt
  }

  #children(start: number, depth: number): Children {
    const known = this.#known.get(start)
    if (known !== undefined) return known
    const children = readChildren(this.#text, start)
    if (depth < 2) this.#known.set(start, children)
    return children
  }
}

/** The members or elements of the object or list at `start`; none where something else is there. */
function readChildren(text: string, start: number): Children {
  const children = new Map<string | number, Child>()
  const isObject = text[start] === '{'
  if (!isObject && text[start] !== '[') return children
  let at = skipBlanks(text, start + 1)
  for (let i = 0; text[at] !== '}' && text[at] !== ']'; i++) {
    const keyAt = at
    let key: string | number = i
    if (isObject) {
      at = skipString(text, at)
      key = JSON.parse(text.slice(keyAt, at)) as string
      at = skipBlanks(text, skipBlanks(text, at) + 1)
    }
    // Of a repeated key the last counts, as in JSON.parse.
    children.set(key, { keyAt, valueAt: at })
    at = skipBlanks(text, skipValue(text, at))
    if (text[at] === ',') at = skipBlanks(text, at + 1)
  }
  return children
}

function skipBlanks(text: string, start: number): number {
  let at = start
  while (text.charCodeAt(at) <= 0x20) at++
  return at
}

/** Offset behind the value at `start`. */
function skipValue(text: string, start: number): number {
  let at = start
  let depth = 0
  do {
    const mark = text[at]
    if (mark === '"') at = skipString(text, at)
    else {
      if (mark === '{' || mark === '[') depth++
      else if (mark === '}' || mark === ']') depth--
      at++
    }
  } while (depth > 0)
  // Of a number, true, false or null only the first character has been passed.
  while (/[\w.+-]/.test(text.charAt(at))) at++
  return at
}

function skipString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
