/**
 * KubernetesRecords: what has been told of the objects of one resource, so that a list can be told as a difference.
 *
 * An object whose `resourceVersion` is the one that was told is not told again. One that is invalid is named once for
 * each version, and what was told of it before stays.
 */
import { ProxyError } from '../errors.ts'
import { formatProblem } from '../model/object-field.ts'
import type { ObjectKey } from '../model/objects.ts'
import { parseObject } from '../model/parse-object.ts'
import { printable } from '../model/printable.ts'
import type { KubernetesResource } from './kubernetes-resources.ts'
import type { ServiceSourceListener } from './service-source.ts'
import type { TimeSlice } from './time-slice.ts'

interface KubernetesRecord {
  /** `''` where the object has none: then it is another one each time. */
  readonly version: string
  /** `undefined` where no version of it was valid so far. */
  readonly told: ObjectKey | undefined
  readonly uid: string
}

/** Which object it is, of all that ever had its name, and which version of it. `''` where the object does not say. */
export interface ObjectVersion {
  readonly uid: string
  readonly resourceVersion: string
}

export class KubernetesRecords {
  readonly #type: KubernetesResource['type']
  readonly #listener: ServiceSourceListener
  readonly #records = new Map<string, KubernetesRecord>()

  constructor(type: KubernetesResource['type'], listener: ServiceSourceListener) {
    this.#type = type
    this.#listener = listener
  }

  /** Forgets which versions were told: after a restore of etcd, the same version may be of another content. */
  forgetVersions(): void {
    for (const [key, record] of this.#records) this.#records.set(key, { ...record, version: '' })
  }

  /** What is known of an object beside what was told; `undefined` of one that is not there. */
  versionOf({ namespace, name }: Pick<ObjectKey, 'namespace' | 'name'>): ObjectVersion | undefined {
    // A Node is in no namespace, and its object does not say so.
    const record = this.#records.get(keyOf(namespace || undefined, name))
    return record && { uid: record.uid, resourceVersion: record.version }
  }

  /**
   * Tells what has changed since, where `items` is all there is now.
   *
   * @throws the reason of the signal of `slice`
   */
  async replace(items: readonly unknown[], slice: TimeSlice): Promise<void> {
    const gone = new Set(this.#records.keys())
    for (const item of items) {
      gone.delete(readIdentity(item).key)
      this.set(item)
      if (slice.isOver) await slice.next()
    }
    for (const key of gone) this.#delete(key)
  }

  /** An object is new, or may have changed. */
  set(value: unknown): void {
    const { key, name, version, uid } = readIdentity(value)
    const earlier = this.#records.get(key)
    if (earlier !== undefined && version !== '' && earlier.version === version) return
    const parsed = parseObject(value, this.#type)
    if (parsed.result === 'object') {
      this.#records.set(key, { version, told: parsed.object, uid })
      this.#listener.set(parsed.object)
      return
    }
    this.#records.set(key, { version, told: earlier?.told, uid })
    const problems =
      parsed.result === 'invalid'
        ? parsed.problems.map(formatProblem)
        : [`it is of another kind; ${this.#type.kind} would be right`]
    const label = printable(`${this.#type.kind} ${name}`)
    const message = problems.map((problem) => `${label}: ${problem}`).join('\n')
    this.#listener.problem(new ProxyError('ERR_INVALID_OBJECT', message))
  }

  /** An object is gone. One that was never told is no fault. */
  delete(value: unknown): void {
    this.#delete(readIdentity(value).key)
  }

  #delete(key: string): void {
    const told = this.#records.get(key)?.told
    this.#records.delete(key)
    if (told === undefined) return
    const { kind, namespace, name } = told
    this.#listener.delete({ kind, namespace, name })
  }
}

interface Identity {
  readonly key: string
  /** For people: `shop/web`; without the namespace where the kind has none. */
  readonly name: string
  readonly version: string
  readonly uid: string
}

/** Who an object is, read before it is known to be valid: an invalid one still exists. */
function readIdentity(value: unknown): Identity {
  const { metadata } = (value ?? {}) as { metadata?: unknown }
  const { namespace, name, resourceVersion, uid } = (metadata ?? {}) as Record<string, unknown>
  const full = [namespace, name].filter((text) => typeof text === 'string').join('/')
  return {
    key: keyOf(namespace, name),
    name: full === '' ? 'without a name' : full,
    version: typeof resourceVersion === 'string' ? resourceVersion : '',
    uid: typeof uid === 'string' ? uid : '',
  }
}

function keyOf(namespace: unknown, name: unknown): string {
  return JSON.stringify([namespace, name])
}
