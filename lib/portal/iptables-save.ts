/**
 * parseIptablesSave, formatRuleSet: between the text of `iptables-save` and a rule set. Pure.
 *
 * Of foreign rules only those of the hooks are kept, because they tell where our jumps stand, and those that jump to a
 * chain of ours. Lines are kept as they are printed: they are what `-D` has to repeat.
 */
import type { RuleSet, TableName } from './iptables-layout.ts'
import { kernelChains, portalChains } from './iptables-layout.ts'

const tables: readonly TableName[] = ['nat', 'filter']

const keptChains: Readonly<Record<TableName, ReadonlySet<string>>> = {
  nat: new Set(chainsOf('nat')),
  filter: new Set(chainsOf('filter')),
}

/** Reads what `iptables-save` prints for all tables. A chain of ours that does not exist has no entry. */
export function parseIptablesSave(text: string): RuleSet {
  const ruleSet = { nat: new Map<string, string[]>(), filter: new Map<string, string[]>() }
  let table: TableName | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = tables.find((name) => line === `*${name}`)
    const [, chain] = /^(?::|-A )(\S+)/.exec(line) ?? []
    if (table === undefined || chain === undefined) continue
    if (!keptChains[table].has(chain) && jumpTarget(line) === undefined) continue
    const lines = ruleSet[table].get(chain) ?? []
    if (line.startsWith('-A')) lines.push(line)
    ruleSet[table].set(chain, lines)
  }
  return ruleSet
}

/** The chain of ours that a rule line jumps to. Nothing follows such a jump, so a comment cannot pretend to be one. */
export function jumpTarget(line: string): string | undefined {
  const target = / -[jg] (\S+)$/.exec(line)?.[1]
  return portalChains.find(({ name }) => name === target)?.name
}

/** Returns what `iptables-save` would print of a wanted rule set on a machine that holds nothing else. */
export function formatRuleSet(ruleSet: RuleSet): string {
  return tables.map((table) => formatTable(table, ruleSet[table])).join('')
}

function formatTable(table: TableName, chains: ReadonlyMap<string, readonly string[]>): string {
  const kernel = kernelChains[table]
  const ours = [...chains.keys()].filter((chain) => !kernel.includes(chain)).sort()
  const lines = [
    `*${table}`,
    ...kernel.map((chain) => `:${chain} ACCEPT [0:0]`),
    ...ours.map((chain) => `:${chain} - [0:0]`),
    ...[...kernel, ...ours].flatMap((chain) => chains.get(chain) ?? []),
    'COMMIT',
  ]
  return `${lines.join('\n')}\n`
}

function chainsOf(table: TableName): readonly string[] {
  return portalChains
    .filter((chain) => chain.table === table)
    .flatMap(({ name, hook }) => [name, hook])
}
