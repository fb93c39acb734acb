/**
 * ManifestLedger: which objects have been told, and which file each belongs to.
 *
 * An object that stands in two files is told once: from the file that had it first, for as long as that has it.
 */
import { ProxyError } from '../errors.ts'
import { objectKey, type KubernetesObject, type ObjectKey } from '../model/objects.ts'
import { plainEqual } from '../model/plain-equal.ts'
import { describeRepeated, type ManifestObject } from './manifest-contents.ts'

export interface LedgerChanges {
  /** New and changed objects. */
  readonly set: readonly KubernetesObject[]
  readonly deleted: readonly ObjectKey[]
  /** Objects that stand in two files, where that was not so at the last update. */
  readonly conflicts: readonly ProxyError[]
}

interface Entry {
  readonly file: string
  readonly object: KubernetesObject
}

interface Claim extends Entry {
  readonly location: string
}

/** Those who have one object, in the order of their files. */
type Claims = [Claim, ...Claim[]]

export class ManifestLedger {
  #entries = new Map<string, Entry>()
  #conflicts = new Set<string>()

  /** Takes in what all files hold now, and returns what that changes. */
  update(files: ReadonlyMap<string, readonly ManifestObject[]>): LedgerChanges {
    const set: KubernetesObject[] = []
    const conflicts = new Map<string, ProxyError>()
    const entries = new Map<string, Entry>()
    for (const [key, claims] of claimsByObject(files)) {
      const earlier = this.#entries.get(key)
      const owner = claims.find(({ file }) => file === earlier?.file) ?? claims[0]
      for (const claim of claims) if (claim !== owner) note(conflicts, claim, owner)
      const isKnown = earlier !== undefined && plainEqual(earlier.object, owner.object)
      entries.set(key, { file: owner.file, object: isKnown ? earlier.object : owner.object })
      if (!isKnown) set.push(owner.object)
    }
    const deleted = Array.from(this.#entries.values(), ({ object }) => object)
      .filter((object) => !entries.has(objectKey(object)))
      .map(({ kind, namespace, name }) => ({ kind, namespace, name }))
    const news = [...conflicts].filter(([message]) => !this.#conflicts.has(message))
    this.#entries = entries
    this.#conflicts = new Set(conflicts.keys())
    return { set, deleted, conflicts: news.map(([, error]) => error) }
  }
}

function claimsByObject(
  files: ReadonlyMap<string, readonly ManifestObject[]>,
): Map<string, Claims> {
  const claims = new Map<string, Claims>()
  for (const [file, objects] of files) {
    for (const { object, location } of objects) {
      const key = objectKey(object)
      const claim = { file, object, location }
      const others = claims.get(key)
      if (others === undefined) claims.set(key, [claim])
      else others.push(claim)
    }
  }
  return claims
}

function note(conflicts: Map<string, ProxyError>, { object, location }: Claim, owner: Claim): void {
  const message = `${location}: ${describeRepeated(object, owner.location)}`
  conflicts.set(message, new ProxyError('ERR_INVALID_MANIFEST', message, { location }))
}
