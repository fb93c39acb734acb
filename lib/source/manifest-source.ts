/**
 * ManifestSource: Services and endpoints from files, which may change at any time.
 *
 * At the start every fault is an error. Later no fault takes away what works: a file that turns bad keeps the objects
 * it last had, and is named; see ManifestFollower.
 */
import { resolve } from 'node:path'
import { ProxyError } from '../errors.ts'
import { invalidOption } from '../options.ts'
import { joinProblems } from './join-problems.ts'
import { scanManifests, type ManifestPath } from './manifest-files.ts'
import { ManifestFollower } from './manifest-follower.ts'
import { ManifestLedger } from './manifest-ledger.ts'
import { ManifestRecords } from './manifest-records.ts'
import type { ServiceSource, ServiceSourceListener } from './service-source.ts'

export interface ManifestSourceOptions {
  /**
   * Files, and folders whose `*.yaml`, `*.yml` and `*.json` are read: YAML or JSON, one object, many documents or the
   * List that `kubectl get services,endpointslices -A -o yaml` prints, at most 32 MiB in each file.
   */
  readonly paths: readonly string[]
  /** How long a change has to stay, in ms, before it is read. Default 50. */
  readonly debounceMs?: number
  /** How often the files are looked at, in ms, even if no change was heard of. Default 500. */
  readonly pollMs?: number
}

export class ManifestSource implements ServiceSource {
  readonly description: string
  readonly allowLoopbackEndpoints = true
  readonly #paths: readonly ManifestPath[]
  readonly #debounceMs: number
  readonly #pollMs: number
  readonly #records = new ManifestRecords()
  readonly #closing = new AbortController()
  #follower: ManifestFollower | undefined

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor({ paths, debounceMs = 50, pollMs = 500 }: ManifestSourceOptions) {
    if (paths.length === 0) throw invalidOption('paths', 'is empty', 'at least one file or folder')
    this.description = `manifests ${paths.join(', ')}`
    this.#paths = paths.map((name) => ({ name, path: resolve(name) }))
    this.#debounceMs = duration('debounceMs', debounceMs)
    this.#pollMs = duration('pollMs', pollMs)
  }

  /** How many objects of kinds that a proxy has no use for are in the files, by kind. */
  get skippedKinds(): ReadonlyMap<string, number> {
    return this.#records.skippedKinds()
  }

  /** Fields in the files that the Kubernetes API does not have and that are ignored, a line each with its place. */
  get warnings(): readonly string[] {
    return this.#records.warnings()
  }

  /**
   * Reads all files, tells what they hold, and follows their changes. To be called once.
   *
   * @throws {ProxyError} ERR_SOURCE or ERR_INVALID_MANIFEST, with a line for each problem of each file
   * @throws {ProxyError} ERR_CLOSED where it was closed meanwhile
   */
  async start(listener: ServiceSourceListener): Promise<void> {
    const { signal } = this.#closing
    const scan = await scanManifests(this.#paths)
    const problems = [...scan.faults.values()]
    for (const file of scan.files.values()) {
      problems.push(...(await this.#records.read(file, signal)).problems)
    }
    signal.throwIfAborted()
    const ledger = new ManifestLedger()
    const { set, conflicts } = ledger.update(this.#records.objects())
    problems.push(...conflicts)
    if (problems.length > 0) throw joinProblems(problems)
    for (const object of set) listener.set(object)
    for (const warning of this.warnings) listener.warning?.(warning)
    this.#follower = new ManifestFollower({
      paths: this.#paths,
      records: this.#records,
      ledger,
      listener,
      scan,
      signal,
      debounceMs: this.#debounceMs,
      pollMs: this.#pollMs,
    })
  }

  async close(): Promise<void> {
    this.#closing.abort(
      new ProxyError('ERR_CLOSED', `${this.description}: closed while being read`),
    )
    await this.#follower?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function duration(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 60_000) return value
  throw invalidOption(name, `is ${JSON.stringify(value)}`, 'a whole number from 1 to 60000 ms')
}
