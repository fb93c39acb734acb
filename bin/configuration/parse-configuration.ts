/**
 * parseConfiguration: what a KubeProxyConfiguration says, as values of our flags.
 *
 * Where kube-proxy's decoder is strict, about types, this is too, and about keys that are there twice; where it only
 * warns, about fields it does not know, this does. Zero values mean "not given", as there. What kube-proxy knows and this
 * proxy has no use for gets a note, unless it is what kube-proxy sets by itself: `--write-config-to` writes all fields.
 *
 * @see kubernetes v1.37 cmd/kube-proxy/app/options.go, pkg/proxy/apis/config/v1alpha1/defaults.go
 */
import type { Node, Range, YAMLMap } from 'yaml'
import { isMap, isNode, isScalar } from 'yaml'
import { ProxyError } from '../../lib/index.ts'
import type { GivenField } from './cross-rules.ts'
import { applyCrossRules } from './cross-rules.ts'
import type { Field } from './fields.ts'
import { fields } from './fields.ts'
import { Findings, shown } from './findings.ts'
import { flagRules } from './flag-rules.ts'
import { nearestField } from './nearest-field.ts'
import { readYamlObject } from './read-yaml-object.ts'

export interface Configuration {
  /** Names of flags, and what would have been typed behind them. */
  readonly flags: Readonly<Record<string, string>>
  /** What is in the file and has no effect, or another one than in kube-proxy: a line each, with its place. */
  readonly notes: readonly string[]
}

const kind = 'KubeProxyConfiguration'

/**
 * Reads a text, or bytes that are a text in UTF-8.
 *
 * @param file its name, for the places in messages
 * @throws {ProxyError} ERR_INVALID_OPTION with a line for each error
 */
export function parseConfiguration(input: string | Uint8Array, file: string): Configuration {
  const text = decode(input)
  if (text === undefined)
    throw invalid([`${file}: this is not UTF-8; a text in UTF-8 would be right`])
  const reader = new ConfigurationReader(text, file)
  const flags = reader.read()
  if (!reader.errors.isEmpty) throw invalid(reader.errors.lines())
  return { flags, notes: reader.notes.lines() }
}

function invalid(lines: readonly string[]): ProxyError {
  return new ProxyError('ERR_INVALID_OPTION', lines.join('\n'))
}

function decode(input: string | Uint8Array): string | undefined {
  if (typeof input === 'string') return input
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(input)
  } catch {
    return undefined
  }
}

class ConfigurationReader {
  readonly notes: Findings
  readonly errors: Findings
  readonly #text: string
  readonly #given = new Map<string, GivenField>()

  constructor(text: string, file: string) {
    this.#text = text
    this.notes = new Findings(text, file)
    this.errors = new Findings(text, file)
  }

  read(): Record<string, string> {
    const object = readYamlObject(this.#text, this.errors)
    if (object !== undefined && this.#isConfiguration(object)) this.#object(object, '')
    applyCrossRules(this.#given, this.notes, this.errors)
    const flags: Record<string, string> = {}
    for (const [path, { text }] of this.#given) {
      const flag = fields.get(path)?.flag
      if (flag !== undefined && text !== '') flags[flag] = text
    }
    return flags
  }

  /** Looked at first: of another kind of object every field would be unknown. */
  #isConfiguration(object: YAMLMap.Parsed): boolean {
    const rights = { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind }
    for (const [key, right] of Object.entries(rights)) {
      const node: unknown = object.get(key, true)
      const value: unknown = object.get(key)
      if (value === right) continue
      const what = value === undefined ? 'is missing' : `is ${shown(value)}`
      this.errors.add(
        isNode(node) ? offsetOf(node) : 0,
        () => `${key} ${what}; ${right} would be right`,
      )
    }
    return this.errors.isEmpty
  }

  #object(object: YAMLMap.Parsed, parent: string): void {
    for (const { key, value } of object.items) {
      const path = `${parent}${String(isScalar(key) && key.value)}`
      const field = fields.get(path)
      if (field === undefined) this.notes.add(offsetOf(key), () => unknownField(path))
      else if (value !== null && !(isScalar(value) && value.value === null)) {
        this.#field(path, field, value)
      }
    }
  }

  #field(path: string, field: Field, node: Node): void {
    const offset = offsetOf(node)
    const { type, flag, reason, usual } = field
    if (type === undefined) {
      if (isMap(node)) this.#object(node as YAMLMap.Parsed, `${path}.`)
      else this.#refuse(path, node, 'an object')
      return
    }
    const text = type.read(plain(node))
    if (text === undefined) this.#refuse(path, node, type.right)
    else if (reason !== undefined) {
      if (!usual?.includes(text)) this.notes.add(offset, () => `${path} has no effect: ${reason}`)
    } else if (text !== type.zero) {
      const rule = flag === undefined ? undefined : flagRules.get(flag)
      const verdict = rule?.(text) ?? { typed: text }
      if ('right' in verdict) this.#refuse(path, node, verdict.right)
      else this.#given.set(path, { text: verdict.typed, offset })
    }
  }

  #refuse(path: string, node: Node, right: string): void {
    this.errors.add(
      offsetOf(node),
      () => `${path} is ${shown(plain(node))}; ${right} would be right`,
    )
  }
}

function unknownField(path: string): string {
  const nearest = nearestField(path)
  const right = nearest === undefined ? '' : `; ${nearest} would be right`
  return `${shown(path).slice(1, -1)} is no field of ${kind} and is ignored${right}`
}

function offsetOf(node: Node): number {
  return (node.range as Range)[0]
}

function plain(node: Node): unknown {
  return node.toJSON() as unknown
}
