/**
 * MemorySource: Services and endpoints that a program says itself. For tests, and for embedding.
 *
 * Takes objects in the form of the Kubernetes API, as a manifest has them.
 */
import { ProxyError } from '../errors.ts'
import { formatProblem } from '../model/object-field.ts'
import { objectKey, type KubernetesObject, type ObjectKind } from '../model/objects.ts'
import { parseObject, type ParsedObject } from '../model/parse-object.ts'
import { printable } from '../model/printable.ts'
import type { ServiceSource, ServiceSourceListener } from './service-source.ts'

export interface MemoryObjectKey {
  readonly kind: ObjectKind
  /** `default` where it is absent, and nothing for a Node. */
  readonly namespace?: string
  readonly name: string
}

export class MemorySource implements ServiceSource {
  readonly description = 'objects in memory'
  readonly allowLoopbackEndpoints = true
  readonly #objects = new Map<string, KubernetesObject>()
  #listener: ServiceSourceListener | undefined

  /** @throws {ProxyError} ERR_INVALID_OBJECT, like `set` */
  constructor(objects: readonly unknown[] = []) {
    this.set(...objects)
  }

  /**
   * Adds objects, or replaces those of the same kind, namespace and name. Lists count as their items.
   *
   * @throws {ProxyError} ERR_INVALID_OBJECT naming every problem of every object; then none of them is taken
   */
  set(...objects: unknown[]): void {
    const problems: string[] = []
    const parsed = objects.flatMap((object, i) => readObjects(object, `object ${i + 1}`, problems))
    if (problems.length > 0) throw new ProxyError('ERR_INVALID_OBJECT', problems.join('\n'))
    for (const object of parsed) {
      this.#objects.set(objectKey(object), object)
      this.#listener?.set(object)
    }
  }

  /** Removes an object. One that is not there is no fault. */
  delete({ kind, namespace = kind === 'Node' ? '' : 'default', name }: MemoryObjectKey): void {
    const key = { kind, namespace, name }
    if (this.#objects.delete(objectKey(key))) this.#listener?.delete(key)
  }

  start(listener: ServiceSourceListener): Promise<void> {
    this.#listener = listener
    for (const object of this.#objects.values()) listener.set(object)
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#listener = undefined
    return Promise.resolve()
  }
}

/** The checked object in `value`, or those of the list in it. Notes problems: `Service shop/web: spec.type is …`. */
function readObjects(value: unknown, place: string, problems: string[]): KubernetesObject[] {
  const parsed = parseObject(value)
  if (parsed.result !== 'list') return accept(parsed, value, place, problems)
  return parsed.items.flatMap((item, i) =>
    accept(parseObject(item, parsed.itemType), item, `${place}, items[${i}]`, problems),
  )
}

function accept(
  parsed: ParsedObject,
  value: unknown,
  place: string,
  problems: string[],
): KubernetesObject[] {
  if (parsed.result === 'object') return [parsed.object]
  if (parsed.result === 'list') {
    problems.push(`${place}: is a list in a list; the items of the inner one would be right`)
  } else if (parsed.result === 'skipped') {
    const right = 'Service, EndpointSlice, Endpoints or Node'
    problems.push(`${place}: kind is ${parsed.kind}; ${right} would be right`)
  } else {
    const where = label(value) ?? place
    problems.push(...parsed.problems.map((problem) => `${where}: ${formatProblem(problem)}`))
  }
  return []
}

/** `Service shop/web`, as far as the object says it. */
function label(value: unknown): string | undefined {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: unknown }
  const { namespace, name } = (metadata ?? {}) as { namespace?: unknown; name?: unknown }
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined
  const prefix = typeof namespace === 'string' ? namespace : 'default'
  return printable(`${kind} ${prefix}/${name}`)
}
