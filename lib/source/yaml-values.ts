/**
 * YamlValues: turns the nodes of one YAML document into plain values.
 *
 * The library's own `toJS` throws at the first fault, and its check for repeated keys compares each key with each
 * other. Here repeated keys and unknown, circular or too many aliases are problems with a place, like all others.
 */
import { isAlias, isMap, isScalar, isSeq, type Alias, type ParsedNode, type YAMLMap } from 'yaml'
import type { FieldPath } from '../model/object-field.ts'
import { printable } from '../model/printable.ts'
import type { FieldPart, ManifestValue } from './manifest-value.ts'

/** How many values the aliases of a document may stand for: ten lines of them can stand for more than any memory. */
const maxAliasedValues = 100_000

/** Gets what is wrong, and what would be right. */
export type YamlProblemListener = (offset: number, what: string, right: string) => void

interface Anchor {
  readonly node: ParsedNode
  /** Absent while the node is being read: an alias met in it would be circular. */
  content?: { readonly value: unknown; readonly size: number }
}

export class YamlValues {
  readonly #problem: YamlProblemListener
  readonly #anchors = new Map<string, Anchor>()
  readonly #targets = new Map<Alias, ParsedNode>()
  /** Values read so far, those that aliases stand for included. */
  #size = 0
  #aliasedSize = 0

  constructor(problem: YamlProblemListener) {
    this.#problem = problem
  }

  /** The value of a node. To be called in the order of the text: an alias stands for the last anchor before it. */
  read(node: ParsedNode): ManifestValue {
    return { value: this.#value(node), offsetOf: (path, part) => this.#offsetOf(node, path, part) }
  }

  #value(node: ParsedNode | null): unknown {
    if (isAlias(node)) return this.#aliased(node)
    const sizeBefore = this.#size++
    if (node?.anchor === undefined) return this.#plain(node)
    const anchor: Anchor = { node }
    this.#anchors.set(node.anchor, anchor)
    const value = this.#plain(node)
    anchor.content = { value, size: this.#size - sizeBefore }
    return value
  }

  #plain(node: ParsedNode | null): unknown {
    if (isMap(node)) return this.#object(node)
    if (isSeq(node)) return node.items.map((item) => this.#value(item))
    return isScalar(node) ? node.value : null
  }

  #aliased(alias: Alias.Parsed): unknown {
    const name = printable(alias.source)
    const anchor = this.#anchors.get(alias.source)
    if (anchor === undefined) {
      this.#problem(alias.range[0], `*${name} stands for nothing`, `an anchor &${name} before it`)
      return undefined
    }
    if (anchor.content === undefined) {
      this.#problem(alias.range[0], `*${name} is part of what it stands for`, 'another value')
      return undefined
    }
    const { value, size } = anchor.content
    if (this.#aliasedSize > maxAliasedValues) return undefined
    this.#aliasedSize += size
    if (this.#aliasedSize > maxAliasedValues) {
      this.#problem(
        alias.range[0],
        `the aliases up to *${name} stand for more than ${maxAliasedValues} values`,
        'fewer of them',
      )
      return undefined
    }
    this.#size += size
    this.#targets.set(alias, anchor.node)
    return value
  }

  #object(map: YAMLMap.Parsed): Record<string, unknown> {
    const fields = new Map<string, unknown>()
    const merged: unknown[] = []
    for (const { key, value } of map.items) {
      const name = this.#value(key)
      const field = this.#value(value)
      if (isMergeKey(key)) {
        merged.push(...this.#mergeSources(key, field))
      } else if (typeof name === 'object' && name !== null) {
        this.#problem(key.range[0], 'this key is a list or an object', 'a text')
      } else if (fields.has(String(name))) {
        this.#problem(key.range[0], `key ${printable(String(name))} is there twice`, 'once')
      } else {
        fields.set(String(name), field)
      }
    }
    for (const source of merged) {
      for (const [name, field] of Object.entries(source as object)) {
        if (!fields.has(name)) fields.set(name, field)
      }
    }
    // fromEntries defines fields; it never calls the setter of `__proto__`.
    return Object.fromEntries(fields)
  }

  /** The objects that `<<: *name` or `<<: [*name, *other]` brings in; the first that has a field wins. */
  #mergeSources(key: ParsedNode, field: unknown): unknown[] {
    return [field].flat().filter((source) => {
      if (typeof source === 'object' && source !== null && !Array.isArray(source)) return true
      // What `undefined` stands for has been told.
      if (source !== undefined) this.#problem(key.range[0], '<< is no object', 'an alias of one')
      return false
    })
  }

  #offsetOf(root: ParsedNode, path: FieldPath, part?: FieldPart): number {
    let at: Place = { keyAt: root.range[0], node: root }
    for (const key of path) {
      const child = this.#child(at.node, key)
      if (child === undefined) return at.keyAt
      at = child
    }
    const isEmpty = at.node === null || (isScalar(at.node) && at.node.value === null)
    return part === 'key' || isEmpty || at.node === null ? at.keyAt : at.node.range[0]
  }

  #child(parent: ParsedNode | null, key: string | number): Place | undefined {
    const node = isAlias(parent) ? (this.#targets.get(parent) ?? null) : parent
    if (isSeq(node)) {
      const item = node.items[Number(key)]
      return item && { keyAt: item.range[0], node: item }
    }
    if (!isMap(node)) return undefined
    const pair = node.items.find((pair) => this.#keyText(pair.key) === key)
    if (pair !== undefined) return { keyAt: pair.key.range[0], node: pair.value }
    for (const { key: mergeKey, value } of node.items) {
      if (!isMergeKey(mergeKey)) continue
      for (const source of isSeq(value) ? value.items : [value]) {
        const found = this.#child(source, key)
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  #keyText(key: ParsedNode): string | undefined {
    const node = isAlias(key) ? this.#targets.get(key) : key
    return isScalar(node) ? String(node.value) : undefined
  }
}

interface Place {
  readonly keyAt: number
  readonly node: ParsedNode | null
}

/** `<<` is YAML 1.1, but all of Kubernetes' tools know it. In quotes it is a key like any other. */
function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN'
}
