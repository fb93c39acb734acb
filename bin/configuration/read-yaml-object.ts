/**
 * readYamlObject: the one object that a configuration file holds, in YAML or JSON.
 *
 * Takes less than YAML allows: a configuration needs no aliases, which can stand for more than any memory, and no key
 * twice, of which one would be lost. Whatever the text, no stack overflows and no time grows with its square.
 */
import type { CST, Document, Node, Range, YAMLMap } from 'yaml'
import { Composer, isMap, isScalar, Lexer, Parser, visit } from 'yaml'
import type { Findings } from './findings.ts'
import { shown } from './findings.ts'

/** Levels of nesting. A configuration has four; some thousands would end the process. */
const maxDepth = 100

const yaml12 = 'a text as YAML 1.2 has it would be right'

/** `undefined` where there are errors. */
export function readYamlObject(text: string, errors: Findings): YAMLMap.Parsed | undefined {
  const control = text.search(/[^\P{Cc}\t\n\r\u0085]/u)
  if (control !== -1) {
    const code = text.charCodeAt(control).toString(16).toUpperCase().padStart(4, '0')
    const what = `control character U+${code}; a text without it would be right`
    errors.add(control, () => what)
    return undefined
  }
  const documents = parse(text, errors).filter((document) => !isEmpty(document))
  for (const document of documents) check(document, errors)
  const [document, extra] = documents
  if (extra !== undefined) {
    errors.add(extra.range[0], () => 'here begins another document; one in a file would be right')
  }
  const object = document?.contents
  if (isMap(object)) return errors.isEmpty ? object : undefined
  const offset = object?.range[0] ?? 0
  if (errors.isEmpty) {
    errors.add(offset, () => 'this is no object; a KubeProxyConfiguration would be right')
  }
  return undefined
}

function parse(text: string, errors: Findings): Document.Parsed[] {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > maxDepth) {
      errors.add(
        parser.offset,
        () => `nested more than ${maxDepth} levels deep; less would be right`,
      )
      return []
    }
  }
  for (const token of parser.end()) tokens.push(token)
  // The library compares each key with each other.
  const composer = new Composer({ schema: 'core', uniqueKeys: false, prettyErrors: false })
  return [...composer.compose(tokens, true, text.length)] as Document.Parsed[]
}

/** What stands before the first `---` or behind the last one, if nothing does. */
function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null)
}

function check(document: Document.Parsed, errors: Findings): void {
  const faults = [...document.errors, ...document.warnings]
  for (const { pos, message } of faults) {
    errors.add(pos[0], () => `no valid YAML: ${shown(message).slice(1, -1)}; ${yaml12}`)
  }
  visit(document, {
    Alias: (_, alias) => {
      errors.add(
        offsetOf(alias),
        () => `*${alias.source} is an alias; the value itself would be right`,
      )
    },
    Map: (_, map) => {
      const names = new Set<string>()
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : undefined
        if (name === undefined) {
          errors.add(offsetOf(key as Node), () => 'this key is no text; a name would be right')
        } else if (names.has(name)) {
          errors.add(
            offsetOf(key as Node),
            () => `key ${shown(name)} is there twice; once would be right`,
          )
        } else {
          names.add(name)
        }
      }
    },
  })
}

function offsetOf(node: Node): number {
  return (node.range as Range)[0]
}
