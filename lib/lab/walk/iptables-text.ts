/**
 * parseIptablesText: what `iptables-save` prints, as rules that can be walked. Pure.
 *
 * It knows the matches that kube-proxy's rules and ours are made of; any other is an error, for a walk that passed it
 * over would be wrong.
 */

import { CIDR } from '../../index.ts'

/** What a rule asks of a packet: `{ option: '--dport', value: '80', isNegated: false }`. */
export interface Condition {
  readonly option: string
  /** `''` where the option takes none. */
  readonly value: string
  /** Read once for all packets; `undefined` where the value is no block of addresses, or one of a single address. */
  readonly block: CIDR | undefined
  readonly isNegated: boolean
}

export interface ParsedRule {
  readonly line: string
  readonly conditions: readonly Condition[]
  /** A chain, or `DNAT`, `MARK` and so on. */
  readonly target: string
  /** What stands behind the target, by option. */
  readonly targetOptions: ReadonlyMap<string, string>
}

/** Rules by `table chain`. */
export type ParsedRules = ReadonlyMap<string, readonly ParsedRule[]>

/** Those that take no value. */
const switches = new Set(['--physdev-is-in', '--rcheck', '--reap', '--rsource', '--set'])

export function parseIptablesText(text: string): ParsedRules {
  const rules = new Map<string, ParsedRule[]>()
  let table = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const [, chain] = /^(?::|-A )(\S+)/.exec(line) ?? []
    if (chain === undefined) continue
    const key = `${table} ${chain}`
    const known = rules.get(key) ?? []
    rules.set(key, known)
    if (line.startsWith('-A')) known.push(parseRule(line))
  }
  return rules
}

function parseRule(line: string): ParsedRule {
  const words = [...line.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word)
  const conditions: Condition[] = []
  let isNegated = false
  let i = 2
  for (; i < words.length && words[i] !== '-j'; i++) {
    const option = words[i] as string
    if (option === '!') {
      isNegated = true
      continue
    }
    const value = switches.has(option) ? '' : (words[++i] as string)
    conditions.push({ option, value, block: blockOf(option, value), isNegated })
    isNegated = false
  }
  const targetOptions = new Map<string, string>()
  for (let j = i + 2; j < words.length; j += 2) {
    targetOptions.set(words[j] as string, words[j + 1] ?? '')
  }
  return { line, conditions, target: words[i + 1] ?? '', targetOptions }
}

function blockOf(option: string, value: string): CIDR | undefined {
  if ((option !== '-s' && option !== '-d') || /\/(?:32|128)$/.test(value)) return undefined
  return CIDR.parse(value)
}
