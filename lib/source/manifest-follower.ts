/**
 * ManifestFollower: looks at manifests again and again, and tells what has changed.
 *
 * A change is believed once two looks, `debounceMs` apart, have seen the same: editors and shells leave files empty,
 * half written or away for a moment. It is heard of through watches, and would be seen `pollMs` later without them.
 */
import { ProxyError } from '../errors.ts'
import { FolderWatches } from './folder-watches.ts'
import { joinProblems } from './join-problems.ts'
import { scanManifests, type ManifestPath, type ManifestScan } from './manifest-files.ts'
import type { ManifestLedger } from './manifest-ledger.ts'
import type { ManifestRecords } from './manifest-records.ts'
import type { ServiceSourceListener } from './service-source.ts'

interface ManifestFollowerParts {
  readonly paths: readonly ManifestPath[]
  readonly records: ManifestRecords
  readonly ledger: ManifestLedger
  readonly listener: ServiceSourceListener
  /** What `records` has been read from. */
  readonly scan: ManifestScan
  /** Ends the reading of a long file. */
  readonly signal: AbortSignal
  readonly debounceMs: number
  readonly pollMs: number
}

export class ManifestFollower {
  readonly #parts: ManifestFollowerParts
  readonly #watches = new FolderWatches(() => this.#heard())
  /** What the last look saw. */
  #scan: ManifestScan
  /** Faults of paths that have been told, by their paths. */
  #toldFaults = new Map<string, string>()
  #hasHeard = false
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  /** Begins to follow. */
  constructor(parts: ManifestFollowerParts) {
    this.#parts = parts
    this.#scan = parts.scan
    this.#watches.set(parts.scan.folders)
    this.#wait(parts.pollMs)
  }

  /** To be called when `signal` has been aborted. Resolves when nothing is told any more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#watches.close()
    await this.#looking
  }

  #wait(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
    }, delayMs).unref()
  }

  /** Something has changed. However much is heard, looks stay `debounceMs` apart. */
  #heard(): void {
    if (this.#hasHeard) return
    this.#hasHeard = true
    if (this.#looking === undefined) this.#wait(this.#parts.debounceMs)
  }

  async #look(): Promise<void> {
    const { listener, signal, debounceMs, pollMs } = this.#parts
    this.#hasHeard = false
    let isSettled = true
    try {
      isSettled = await this.#update()
    } catch (cause) {
      if (!signal.aborted) {
        const message = 'manifests could not be followed; it is tried again'
        listener.problem(new ProxyError('ERR_SOURCE', message, { cause }))
      }
    }
    if (signal.aborted) return
    this.#looking = undefined
    this.#wait(isSettled && !this.#hasHeard ? pollMs : debounceMs)
  }

  /** Takes in what two looks have seen. Returns whether that is all there is to see. */
  async #update(): Promise<boolean> {
    const { paths, ledger, records, listener, signal } = this.#parts
    const last = this.#scan
    const scan = await scanManifests(paths)
    signal.throwIfAborted()
    this.#scan = scan
    this.#watches.set(scan.folders)
    let isSettled = true
    let hasChanged = false
    for (const [path, file] of scan.files) {
      if (records.has(file)) continue
      if (last.files.get(path)?.signature !== file.signature) {
        isSettled = false
        continue
      }
      const read = await records.read(file, signal)
      if (read.problems.length > 0) listener.problem(joinProblems(read.problems))
      for (const warning of read.warnings) listener.warning?.(warning)
      hasChanged ||= read.hasChanged
    }
    for (const { path, root } of records.files()) {
      // What is behind a path that cannot be read stays as it was.
      if (scan.files.has(path) || scan.faults.has(root)) continue
      if (last.files.has(path) || last.faults.has(root)) {
        isSettled = false
        continue
      }
      records.forget(path)
      hasChanged = true
    }
    if (hasChanged) {
      const { set, deleted, conflicts } = ledger.update(records.objects())
      for (const object of set) listener.set(object)
      for (const key of deleted) listener.delete(key)
      if (conflicts.length > 0) listener.problem(joinProblems(conflicts))
    }
    return this.#tellFaults(last) && isSettled
  }

  #tellFaults(last: ManifestScan): boolean {
    const told = new Map<string, string>()
    for (const [path, fault] of this.#scan.faults) {
      if (last.faults.get(path)?.message !== fault.message) continue
      if (this.#toldFaults.get(path) !== fault.message) this.#parts.listener.problem(fault)
      told.set(path, fault.message)
    }
    this.#toldFaults = told
    return told.size === this.#scan.faults.size
  }
}
