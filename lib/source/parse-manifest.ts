/**
 * parseManifest: the checked objects of a manifest, and everything that is wrong with it.
 *
 * A manifest is YAML or JSON: one object, many documents, or the List that `kubectl get -o yaml` prints. No text makes
 * this function throw, and however long it is, the event loop is not held for long.
 */
import { printable } from '../model/printable.ts'
import { readJson } from './json-value.ts'
import { ManifestContents, placeObject, type ParsedManifest } from './manifest-contents.ts'
import type { ManifestValue } from './manifest-value.ts'
import { TimeSlice } from './time-slice.ts'
import { maxObjectLength, readYaml } from './yaml-reader.ts'

export interface ManifestOptions {
  /** Name of the file, for locations. */
  readonly file: string
  /** Ends the parsing of a long manifest: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** For how long the event loop is held. JSON.parse cannot be cut, but is fast: some 100 MiB each second. */
const sliceMs = 10

/** Parses a manifest: its text, or bytes that are a text in UTF-8. */
export async function parseManifest(
  input: string | Uint8Array,
  { file, signal }: ManifestOptions,
): Promise<ParsedManifest> {
  const text = (typeof input === 'string' ? input : decode(input))?.replace(/^\uFEFF/, '')
  if (text === undefined)
    return refusal(file, 'this file is not UTF-8; a text in UTF-8 would be right')
  const reader = new ManifestReader(text, file, new TimeSlice(sliceMs, signal))
  await reader.read()
  return reader.contents.result()
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function refusal(file: string, message: string): ParsedManifest {
  const contents = new ManifestContents('', file)
  contents.problem(0, message)
  return contents.result()
}

class ManifestReader {
  readonly contents: ManifestContents
  readonly #text: string
  readonly #file: string
  readonly #slice: TimeSlice
  /** First items of a document of which it is not yet known that it is a list. */
  #items: ManifestContents

  constructor(text: string, file: string, slice: TimeSlice) {
    this.#text = text
    this.#file = file
    this.#slice = slice
    this.contents = new ManifestContents(text, file)
    this.#items = new ManifestContents(text, file)
  }

  async read(): Promise<void> {
    const control = this.#text.search(/[^\P{Cc}\t\n\r\u0085]/u)
    if (control !== -1) {
      const code = this.#text.charCodeAt(control).toString(16).toUpperCase().padStart(4, '0')
      this.contents.problem(
        control,
        `control character U+${code}; a text without it would be right`,
      )
    } else if (!/^\s*\{/.test(this.#text) || !(await this.#readJson())) {
      await this.#readYaml()
    }
  }

  /** Returns false where the text may still be YAML. */
  async #readJson(): Promise<boolean> {
    let document: ManifestValue
    try {
      document = readJson(this.#text)
    } catch (error) {
      // YAML takes all JSON and more, and tells where the fault is. Of a long object it only tells that it is long.
      if (this.#text.length <= maxObjectLength) return false
      const what = `no valid JSON: ${printable((error as SyntaxError).message, 160)}`
      this.contents.problem(0, `${what}; a text as RFC 8259 has it would be right`)
      return true
    }
    await this.#pause()
    await this.#document(document)
    return true
  }

  async #readYaml(): Promise<void> {
    for await (const event of readYaml(this.#text, this.#slice)) {
      if (event.type === 'problem') this.contents.problem(event.offset, event.message)
      else if (event.type === 'document') await this.#document(event.document)
      else {
        for (const item of event.items) {
          this.#items.add(placeObject(item))
          await this.#pause()
        }
      }
    }
  }

  async #document(document: ManifestValue | undefined): Promise<void> {
    const items = this.#items
    this.#items = new ManifestContents(this.#text, this.#file)
    // An empty document is none: many a file begins with one, before its first `---`.
    if (document === undefined || document.value === null) return
    const placed = placeObject(document)
    if (placed.parsed.result !== 'list') {
      this.contents.add(placed)
      return
    }
    this.contents.addAll(items)
    this.contents.warn(placed)
    for (const [i, value] of placed.parsed.items.entries()) {
      const offsetOf: ManifestValue['offsetOf'] = (path, part) =>
        document.offsetOf(['items', i, ...path], part)
      this.contents.add(placeObject({ value, offsetOf }, placed.parsed.itemType))
      await this.#pause()
    }
  }

  async #pause(): Promise<void> {
    if (this.#slice.isOver) await this.#slice.next()
  }
}
