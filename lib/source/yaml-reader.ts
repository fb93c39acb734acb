/**
 * readYaml: reads a text of many YAML documents piece by piece.
 *
 * What `kubectl get` prints for a whole cluster is one document of many megabytes. Parsed in one go it would stop the
 * data plane for seconds and fill 30 times its size in memory. So the work is cut into slices, and the items of a
 * long list are handed out, and forgotten by the parser, while the list is still being read.
 */
import {
  Composer,
  Lexer,
  Parser,
  type CST,
  type Document,
  type ErrorCode,
  type ParsedNode,
  type YAMLError,
  type YAMLSeq,
} from 'yaml'
import { printable } from '../model/printable.ts'
import type { ManifestValue } from './manifest-value.ts'
import type { TimeSlice } from './time-slice.ts'
import { YamlValues } from './yaml-values.ts'

export type YamlEvent =
  /** The first or next items of the field `items` of the document that is being read. */
  | { readonly type: 'items'; readonly items: readonly ManifestValue[] }
  /** A whole document, without the items that were told before. `undefined` where it is broken. */
  | { readonly type: 'document'; readonly document: ManifestValue | undefined }
  | { readonly type: 'problem'; readonly offset: number; readonly message: string }

/** The largest document or item of a list, in UTF-16 units. etcd takes no object of more than 1.5 MiB. */
export const maxObjectLength = 2 * 1024 * 1024
/**
 * So much of a list is read before its first items are handed out. Those have to say their kind and apiVersion
 * themselves, since the list may say it behind them; what `kubectl get` prints does.
 */
const chunkLength = 64 * 1024
/** Levels of nesting. Some thousands would overflow the stack within a regular expression, which ends the process. */
const maxDepth = 200
/** Lexemes between two looks at the clock. */
const lexemesPerLook = 256

/** Tells what is in `text`, in its order. Ends early, with a problem, where the text cannot be read on. */
export async function* readYaml(text: string, slice: TimeSlice): AsyncGenerator<YamlEvent> {
  const parser = new Parser()
  const documents = new DocumentReader()
  // Where the part of the text begins that the parser still holds.
  let heldFrom = 0
  let lexemes = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      yield* documents.next(token)
      heldFrom = parser.offset
    }
    if (parser.offset - heldFrom > chunkLength) {
      const items = takeItems(parser.stack)
      if (items !== undefined) {
        yield* documents.items(items)
        heldFrom = parser.offset
      }
    }
    const refusal = refuse(parser, heldFrom)
    if (refusal !== undefined) {
      yield* documents.end()
      yield refusal
      return
    }
    if (++lexemes % lexemesPerLook === 0 && slice.isOver) await slice.next()
  }
  for (const token of parser.end()) yield* documents.next(token)
  yield* documents.end(text.length)
}

function refuse({ stack, offset }: Parser, heldFrom: number): YamlEvent | undefined {
  if (stack.length > maxDepth) {
    return problem(offset, `nested more than ${maxDepth} levels deep`, 'less')
  }
  if (offset - heldFrom <= maxObjectLength) return undefined
  return problem(heldFrom, 'this object is longer than 2 MiB', 'a shorter one')
}

/** Takes the finished items of a list out of the document that a parser is building. */
function takeItems([, object, list]: CST.Token[]): CST.BlockSequence | undefined {
  if (object?.type !== 'block-map' || list?.type !== 'block-seq' || list.items.length < 2) {
    return undefined
  }
  const key = object.items.at(-1)?.key
  if (key?.type !== 'scalar' || key.source !== 'items') return undefined
  return { ...list, items: list.items.splice(0, list.items.length - 1) }
}

// Repeated keys are found by YamlValues: the library compares each key with each other.
const options = { schema: 'core', uniqueKeys: false, prettyErrors: false } as const

/** Composes tokens into documents, and these into events. */
class DocumentReader {
  readonly #composer = new Composer(options)
  #values = new DocumentValues()

  next(token: CST.Token): YamlEvent[] {
    return [...this.#composer.next(token)].flatMap((document) => this.#document(document))
  }

  /**
   * Reads the document that the composer holds back until the next one comes.
   *
   * @param textLength given at the end of the text, where there may be faults behind the last document
   */
  end(textLength?: number): YamlEvent[] {
    const documents = this.#composer.end(textLength !== undefined, textLength)
    return [...documents].flatMap((document) => this.#document(document))
  }

  /** Reads a part of the list `items` of a document of which the composer has not heard yet. */
  items(list: CST.BlockSequence): YamlEvent[] {
    const token: CST.Document = { type: 'document', offset: list.offset, start: [], value: list }
    const parts = [...new Composer<YAMLSeq.Parsed, false>(options).compose([token])]
    return [
      // The next document has come: this is a part of it.
      ...this.end(),
      ...parts.flatMap((part) => {
        const { problems, values } = this.#values.read(part, part.contents)
        return [...problems, { type: 'items' as const, items: values }]
      }),
    ]
  }

  #document(document: Document.Parsed): YamlEvent[] {
    const items = document.contents === null ? [] : [document.contents]
    const { problems, values } = this.#values.read(document, { items })
    this.#values = new DocumentValues()
    return [...problems, { type: 'document', document: values[0] }]
  }
}

/** The values of one document, whose parts share their anchors. */
class DocumentValues {
  #problems: YamlEvent[] = []
  readonly #values = new YamlValues((offset, what, right) => {
    this.#problems.push(problem(offset, what, right))
  })

  /** Reads `nodes` of `document`; no values where there are problems, which only would entail more of them. */
  read(
    document: Pick<Document.Parsed, 'errors' | 'warnings'>,
    nodes: { readonly items: readonly ParsedNode[] },
  ): { problems: YamlEvent[]; values: ManifestValue[] } {
    this.#problems = [...document.errors, ...document.warnings].map(syntaxProblem)
    const values =
      this.#problems.length > 0 ? [] : nodes.items.map((node) => this.#values.read(node))
    return { problems: this.#problems, values: this.#problems.length > 0 ? [] : values }
  }
}

/** What would be right, for the faults that people make. */
const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_ALIAS: 'a name behind * or &',
  BAD_DQ_ESCAPE: 'single quotes, or two backslashes for one,',
  BAD_INDENT: 'the same indentation for all fields of an object, and every bracket closed,',
  BAD_SCALAR_START: 'the value in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'each key on a line of its own, and a text with ": " in quotes,',
  MISSING_CHAR: 'the missing character',
  MULTILINE_IMPLICIT_KEY: 'a key and its ":" on one line',
  TAB_AS_INDENT: 'spaces',
  TAG_RESOLVE_FAILED: 'the value without a tag',
}

function syntaxProblem({ pos, code, message }: YAMLError): YamlEvent {
  return problem(
    pos[0],
    `no valid YAML: ${printable(message, 160)}`,
    remedies[code] ?? 'a text as YAML 1.2 has it',
  )
}

function problem(offset: number, what: string, right: string): YamlEvent {
  return { type: 'problem', offset, message: `${what}; ${right} would be right` }
}
