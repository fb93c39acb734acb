/**
 * ManifestContents: gathers what a manifest holds while it is being read.
 */
import { ProxyError } from '../errors.ts'
import { objectKey, type KubernetesObject } from '../model/objects.ts'
import { parseObject, type ObjectType, type ParsedObject } from '../model/parse-object.ts'
import { unknownFields } from '../model/unknown-fields.ts'
import type { ManifestValue } from './manifest-value.ts'
import { TextPositions } from './text-positions.ts'

export interface ManifestObject {
  readonly object: KubernetesObject
  /** `file:line:column` of its beginning. */
  readonly location: string
}

export interface ParsedManifest {
  readonly objects: readonly ManifestObject[]
  /** How many objects of kinds that the proxy has no use for were left out, by kind. */
  readonly skipped: ReadonlyMap<string, number>
  /**
   * What is wrong, in the order of the text: ERR_INVALID_MANIFEST, `file:line:column: what; what would be right`.
   * After 20 of them, one more says how many there are beyond.
   */
  readonly problems: readonly ProxyError[]
  /** Fields that the Kubernetes API does not have and that are ignored, told as problems are: `file:line:column: …`. */
  readonly warnings: readonly string[]
}

/** A parsed object with the places of its problems, which no longer needs the text it was read from. */
export interface PlacedObject {
  readonly parsed: ParsedObject
  readonly offset: number
  readonly problems: readonly PlacedProblem[]
  readonly warnings: readonly PlacedWarning[]
  /** How many warnings there are beyond. */
  readonly moreWarnings: number
}

interface PlacedKubernetesObject {
  readonly object: KubernetesObject
  readonly offset: number
}

interface PlacedProblem {
  readonly offset: number
  readonly message: string
}

interface PlacedWarning {
  readonly offset: number
  readonly message: () => string
}

const maxProblems = 20
/** Problems beyond are counted and not kept: a file of a million faults is to end in an answer too. */
const maxKeptProblems = 1000

/** Parses `value` and places its problems. */
export function placeObject(value: ManifestValue, byDefault?: ObjectType): PlacedObject {
  const parsed = parseObject(value.value, byDefault)
  const found = parsed.result === 'invalid' ? parsed.problems : []
  return {
    parsed,
    offset: value.offsetOf([]),
    problems: found.map(({ path, message }) => ({ offset: value.offsetOf(path), message })),
    ...placeWarnings(value, kindOf(value, parsed, byDefault)),
  }
}

/** Also of an object that is invalid: a misspelt name may be why. */
function kindOf({ value }: ManifestValue, parsed: ParsedObject, byDefault?: ObjectType): string {
  if (parsed.result === 'skipped') return ''
  if (parsed.result === 'list') return 'List'
  return String((value as ObjectType | null)?.kind ?? byDefault?.kind)
}

/** To find the place of a field takes time with the number of those beside it, so only the first ones get one. */
function placeWarnings(
  value: ManifestValue,
  kind: string,
): Pick<PlacedObject, 'warnings' | 'moreWarnings'> {
  const warnings: PlacedWarning[] = []
  let moreWarnings = 0
  for (const { path, message } of unknownFields(value.value, kind)) {
    if (warnings.length === maxProblems) moreWarnings++
    else warnings.push({ offset: value.offsetOf(path, 'key'), message })
  }
  return { warnings, moreWarnings }
}

export class ManifestContents {
  readonly #file: string
  readonly #positions: TextPositions
  readonly #objects = new Map<string, PlacedKubernetesObject>()
  readonly #skipped = new Map<string, number>()
  readonly #problems: PlacedProblem[] = []
  #problemCount = 0
  readonly #warnings: PlacedWarning[] = []
  #warningCount = 0

  constructor(text: string, file: string) {
    this.#file = file
    this.#positions = new TextPositions(text)
  }

  problem(offset: number, message: string): void {
    this.#problemCount++
    if (this.#problems.length < maxKeptProblems) this.#problems.push({ offset, message })
  }

  add(placed: PlacedObject): void {
    const { parsed, offset, problems } = placed
    if (parsed.result === 'object') this.#addObject({ object: parsed.object, offset })
    if (parsed.result === 'skipped') this.#skip(parsed.kind, 1)
    if (parsed.result === 'list') {
      this.problem(offset, 'this item is a list itself; the items of that list would be right')
    }
    for (const { offset, message } of problems) this.problem(offset, message)
    this.warn(placed)
  }

  /** Adds nothing of an object but its warnings. */
  warn({ warnings, moreWarnings }: Pick<PlacedObject, 'warnings' | 'moreWarnings'>): void {
    this.#warningCount += warnings.length + moreWarnings
    const room = maxKeptProblems - this.#warnings.length
    this.#warnings.push(...warnings.slice(0, room))
  }

  /** Adds all that other contents of the same text hold. */
  addAll(other: ManifestContents): void {
    for (const object of other.#objects.values()) this.#addObject(object)
    for (const [kind, count] of other.#skipped) this.#skip(kind, count)
    for (const { offset, message } of other.#problems) this.problem(offset, message)
    this.#problemCount += other.#problemCount - other.#problems.length
    const moreWarnings = other.#warningCount - other.#warnings.length
    this.warn({ warnings: other.#warnings, moreWarnings })
  }

  result(): ParsedManifest {
    const problems = this.#problems
      .toSorted((a, b) => a.offset - b.offset)
      .slice(0, maxProblems)
      .map(({ offset, message }) => {
        const location = this.#location(offset)
        return new ProxyError('ERR_INVALID_MANIFEST', `${location}: ${message}`, { location })
      })
    const left = this.#problemCount - problems.length
    if (left > 0) {
      const message = `${this.#file}: and ${left} more problem${left === 1 ? '' : 's'}`
      problems.push(new ProxyError('ERR_INVALID_MANIFEST', message))
    }
    const objects = Array.from(this.#objects.values(), ({ object, offset }) => {
      return { object, location: this.#location(offset) }
    })
    return { objects, skipped: this.#skipped, problems, warnings: this.#tellWarnings() }
  }

  #tellWarnings(): string[] {
    const told = this.#warnings
      .toSorted((a, b) => a.offset - b.offset)
      .slice(0, maxProblems)
      .map(({ offset, message }) => `${this.#location(offset)}: ${message()}`)
    const left = this.#warningCount - told.length
    return left === 0 ? told : [...told, `${this.#file}: and ${left} more unknown fields`]
  }

  #addObject(placed: PlacedKubernetesObject): void {
    const key = objectKey(placed.object)
    const earlier = this.#objects.get(key)
    if (earlier === undefined) this.#objects.set(key, placed)
    else {
      const message = describeRepeated(placed.object, this.#location(earlier.offset))
      this.problem(placed.offset, message)
    }
  }

  #skip(kind: string, count: number): void {
    this.#skipped.set(kind, (this.#skipped.get(kind) ?? 0) + count)
  }

  #location(offset: number): string {
    return `${this.#file}:${this.#positions.at(offset)}`
  }
}

/** Says that an object has been read before. */
export function describeRepeated(object: KubernetesObject, otherLocation: string): string {
  const { kind, namespace, name } = object
  return `${kind} ${namespace}/${name} is also at ${otherLocation}; one of the two would be right`
}
