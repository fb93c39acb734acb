/**
 * ObjectField: one field of an unknown value, with its path. Reads it as a type and notes what is wrong with it.
 *
 * A wrong field never ends the reading: every problem of an object is found in one go. Where the field is wrong, the
 * reader gets a harmless value that is thrown away with the object. `null` counts as absent, as in the API server.
 */
import { addressFamily, canonicalAddress, type IPFamily } from '../address.ts'
import type { TextRule } from './dns-name.ts'
import { printable } from './printable.ts'

/** Keys and indices from the object down to a field: `['spec', 'ports', 0, 'port']`. */
export type FieldPath = readonly (string | number)[]

export interface ObjectProblem {
  readonly path: FieldPath
  /** What is there and what would be right: `port is 0; a number from 1 to 65535 would be right`. */
  readonly message: string
}

export class ObjectField {
  readonly value: unknown
  readonly #problems: ObjectProblem[]
  /** The field that this one is in; its own path is joined only where there is something to tell. */
  readonly #parent: ObjectField | undefined
  readonly #key: string | number

  /** @param problems gets a problem for each wrong field, in the order of reading */
  constructor(
    value: unknown,
    problems: ObjectProblem[],
    parent?: ObjectField,
    key: string | number = '',
  ) {
    this.value = value ?? undefined
    this.#problems = problems
    this.#parent = parent
    this.#key = key
  }

  get path(): FieldPath {
    return this.#parent === undefined ? [] : [...this.#parent.path, this.#key]
  }

  get isMissing(): boolean {
    return this.value === undefined
  }

  /** The field `key` of this object. What it inherits does not count: `constructor` is no field. */
  at(key: string): ObjectField {
    const value =
      isObject(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined
    return new ObjectField(value, this.#problems, this, key)
  }

  /** This field, or one with another value where it is absent. */
  or(value: unknown): ObjectField {
    return this.isMissing ? new ObjectField(value, this.#problems, this.#parent, this.#key) : this
  }

  /** This field, which is to be an object or absent. */
  object(): ObjectField {
    if (this.isMissing || isObject(this.value)) return this
    this.#refuse('object', 'an object')
    return this.#silent()
  }

  /** The elements of a list; of an absent one, none. */
  list(): ObjectField[] {
    if (Array.isArray(this.value)) {
      return this.value.map((value, i) => new ObjectField(value, this.#problems, this, i))
    }
    if (!this.isMissing) this.#refuse('list', 'a list')
    return []
  }

  /** The elements of a list that has to have some; `right` says what of. */
  requiredList(right: string): ObjectField[] {
    const elements = this.list()
    if (this.isMissing) this.problem('is missing', right)
    else if (Array.isArray(this.value) && elements.length === 0) this.problem('is empty', right)
    return elements
  }

  /** The fields of an object whose keys are free: labels. */
  entries(): [string, ObjectField][] {
    const keys = isObject(this.value) ? Object.keys(this.value) : []
    return keys.map((key) => [key, this.at(key)])
  }

  /** A text that keeps a rule; `byDefault` where it is absent, `undefined` where it is wrong. */
  text(rule: TextRule, byDefault?: string): string | undefined {
    if (this.isMissing) return byDefault
    if (typeof this.value === 'string' && rule.holds(this.value)) return this.value
    // `version: 1.2` in YAML is the mistake that everyone makes once.
    const isUnquoted = typeof this.value === 'number' || typeof this.value === 'boolean'
    const text = String(isUnquoted ? this.value : '')
    this.#refuse('string', isUnquoted && rule.holds(text) ? `"${text}", in quotes,` : rule.right)
    return undefined
  }

  /** A text that has to be there. */
  requiredText(rule: TextRule): string {
    if (this.isMissing) this.#refuse('string', rule.right)
    return this.text(rule) ?? ''
  }

  /** One of `values`; the first where it is absent, `undefined` where it is none of them. */
  oneOf<Value extends string>(values: readonly Value[]): Value | undefined {
    return this.isMissing ? values[0] : this.requiredOneOf(values)
  }

  /** One of `values`, or `undefined` where it is absent or none of them. */
  requiredOneOf<Value extends string>(values: readonly Value[]): Value | undefined {
    const found = values.find((value) => value === this.value)
    if (found === undefined) this.#refuse('string', choice(values))
    return found
  }

  boolean(byDefault: boolean): boolean {
    if (this.isMissing) return byDefault
    if (typeof this.value !== 'boolean') this.#refuse('boolean', 'true or false')
    return this.value === true
  }

  /** A whole number in a range, or `undefined` where it is absent or wrong. */
  integer(least: number, most: number): number | undefined {
    if (this.isMissing) return undefined
    const { value } = this
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
      return value as number
    }
    const whole = typeof value === 'number' && value > least && value < most ? 'whole ' : ''
    this.#refuse('number', `a ${whole}number from ${least} to ${most}`)
    return undefined
  }

  requiredInteger(least: number, most: number): number | undefined {
    if (this.isMissing) this.#refuse('number', `a number from ${least} to ${most}`)
    return this.integer(least, most)
  }

  /** An IP address in canonical form, or `undefined` where it is absent, wrong or of another family. */
  requiredAddress(right = 'an IP address', family?: IPFamily): string | undefined {
    const address = typeof this.value === 'string' ? canonicalAddress(this.value) : undefined
    if (address !== undefined && (family === undefined || addressFamily(address) === family)) {
      return address
    }
    this.#refuse('string', right)
    return undefined
  }

  /** Notes that this field holds what it does and that `right` would be right. */
  refuse(right: string): void {
    this.#refuse(undefined, right)
  }

  /** Notes a problem that the value alone does not show: `port is 80/TCP, as in ports[0]`. */
  problem(what: string, right: string): void {
    this.#problems.push({
      path: this.path,
      message: `${fieldName(this.path)} ${what}; ${right} would be right`,
    })
  }

  #refuse(expected: ValueType | undefined, right: string): void {
    this.problem(describeValue(this.value, expected), right)
  }

  /** An absent field whose problems nobody hears: the wrong one above it has been told. */
  #silent(): ObjectField {
    return new ObjectField(undefined, [], this.#parent, this.#key)
  }
}

/** `spec.ports[0].port`, `metadata.labels["kubernetes.io/service-name"]`. */
function formatFieldPath(path: FieldPath): string {
  return path
    .map((key) => (isWord(key) ? `.${key}` : `[${quote(key)}]`))
    .join('')
    .replace(/^\./, '')
}

/** A problem for a person who does not see the place: its message with the whole path in front. */
export function formatProblem({ path, message }: ObjectProblem): string {
  return path.length === 0 ? message : formatFieldPath(path) + message.slice(fieldName(path).length)
}

/** The end of a path that says enough to a person who sees the place: `port`, `clusterIPs[1]`. */
export function fieldName(path: FieldPath): string {
  const start = path.findLastIndex(isWord)
  return path.length === 0 ? 'this' : formatFieldPath(path.slice(Math.max(start, 0)))
}

function isWord(key: string | number): boolean {
  return typeof key === 'string' && /^[A-Za-z]\w*$/.test(key)
}

type ValueType = 'string' | 'number' | 'boolean' | 'list' | 'object'

/** `is missing`, `is 0`, `is a list`; with its type where a value of another type was expected: `is "80" (a string)`. */
function describeValue(value: unknown, expected: ValueType | undefined): string {
  if (value === undefined) return 'is missing'
  if (Array.isArray(value)) return 'is a list'
  const type = typeof value
  if (type !== 'string' && type !== 'number' && type !== 'boolean') {
    return type === 'object' ? 'is an object' : `is a ${type}`
  }
  const suffix = expected === undefined || type === expected ? '' : ` (a ${type})`
  return `is ${quote(value as string | number | boolean)}${suffix}`
}

function quote(value: string | number | boolean): string {
  return typeof value === 'string' ? `"${printable(value)}"` : String(value)
}

/** `IPv4, IPv6 or FQDN`. */
function choice(values: readonly string[]): string {
  return values.join(', ').replace(/, ([^,]*)$/, ' or $1')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
