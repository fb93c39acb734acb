/**
 * ManifestRecords: what each file holds, or held when it was last understood.
 */
import { ProxyError } from '../errors.ts'
import type { ManifestObject, ParsedManifest } from './manifest-contents.ts'
import { isUnchanged, readManifest, type ManifestFile } from './manifest-files.ts'
import { parseManifest } from './parse-manifest.ts'

interface ManifestRecord {
  readonly root: string
  /** Of the content that was read; `undefined` where reading failed, which is to be tried again. */
  readonly signature: string | undefined
  readonly contents: Pick<ParsedManifest, 'objects' | 'skipped' | 'warnings'>
  /** Why reading failed, lest it be told at each try. */
  readonly fault: string | undefined
}

const unread: ManifestRecord = Object.freeze({
  root: '',
  signature: undefined,
  contents: { objects: [], skipped: new Map(), warnings: [] },
  fault: undefined,
})

export interface ManifestReading {
  /** What is wrong with the file and has not been said of it before. */
  readonly problems: readonly ProxyError[]
  /** What may be wrong with it, likewise. */
  readonly warnings: readonly string[]
  /** Whether the record of what the file holds is another one now. */
  readonly hasChanged: boolean
}

const nothing: ManifestReading = { problems: [], warnings: [], hasChanged: false }

export class ManifestRecords {
  readonly #records = new Map<string, ManifestRecord>()

  /** Whether the content that a file has now has been read. */
  has({ path, signature }: ManifestFile): boolean {
    return this.#records.get(path)?.signature === signature
  }

  /** All files that were read and not forgotten, each with the path it was found by. */
  *files(): Generator<{ path: string; root: string }> {
    for (const [path, { root }] of this.#records) yield { path, root }
  }

  /**
   * Reads a file. Where it has problems, it is taken to hold what it held before.
   *
   * @throws the reason of `signal`
   */
  async read(file: ManifestFile, signal: AbortSignal): Promise<ManifestReading> {
    const { path, name, root, signature } = file
    const earlier = this.#records.get(path) ?? unread
    const bytes = file.fault ?? (await readManifest(file, signal))
    if (bytes instanceof ProxyError) {
      const fault = bytes.message
      const triedAs = file.fault && signature
      this.#records.set(path, { ...earlier, root, signature: triedAs, fault })
      return { ...nothing, problems: fault === earlier.fault ? [] : [bytes] }
    }
    // Somebody may be writing just now. Rather nothing than a half of it, where there is something to lose.
    if (earlier !== unread && !(await isUnchanged(file))) return nothing
    const contents = await parseManifest(bytes, { file: name, signal })
    const isGood = contents.problems.length === 0
    this.#records.set(path, {
      root,
      signature,
      contents: isGood ? contents : earlier.contents,
      fault: undefined,
    })
    const { problems, warnings } = contents
    const known = new Set(earlier.contents.warnings)
    const news = isGood ? warnings.filter((warning) => !known.has(warning)) : []
    return { problems, warnings: news, hasChanged: isGood }
  }

  forget(path: string): void {
    this.#records.delete(path)
  }

  /** What the files hold, by their paths. */
  objects(): ReadonlyMap<string, readonly ManifestObject[]> {
    return new Map(Array.from(this.#records, ([path, { contents }]) => [path, contents.objects]))
  }

  /** What may be wrong with them, in the order of the files. */
  warnings(): readonly string[] {
    return Array.from(this.#records.values()).flatMap(({ contents }) => contents.warnings)
  }

  skippedKinds(): ReadonlyMap<string, number> {
    const total = new Map<string, number>()
    for (const { contents } of this.#records.values()) {
      for (const [kind, count] of contents.skipped) total.set(kind, (total.get(kind) ?? 0) + count)
    }
    return total
  }
}
