/**
 * iptablesDifference, iptablesRemoval, restoreText: what has to be written so that the installed rules become the
 * wanted ones. Pure.
 *
 * Only the difference is written. Within our chains rules are a set: no two match the same packet to different ends. An
 * existing chain is never declared, because even with `--noflush` that empties it.
 */
import type { PortalChain, RuleSet, TableName } from './iptables-layout.ts'
import { portalChains } from './iptables-layout.ts'
import { jumpTarget } from './iptables-save.ts'
import { normalForm } from './rule-form.ts'

/** Lines for `iptables-restore` that belong together: they must not be cut apart by a COMMIT. */
export interface RestoreStep {
  readonly table: TableName
  readonly lines: readonly string[]
}

export interface IptablesDifference {
  /** In the order in which they can also be committed one by one without harm to traffic. Empty: all is as wanted. */
  readonly steps: readonly RestoreStep[]
  /** Foreign rules that had pushed a jump of ours out of its place. */
  readonly displacing: readonly string[]
}

/**
 * Returns the steps from `present` to `wanted`: chains, then rules that are missing, then rules that are too many, then
 * jumps; the filter table first, so that a proxy port is guarded before anything leads to it.
 *
 * @param tolerated foreign rules that may stand before our first or behind our last jumps. Without this two programs
 * that both want the first place would push each other aside for ever
 */
export function iptablesDifference(
  wanted: RuleSet,
  present: RuleSet,
  tolerated: ReadonlySet<string> = new Set(),
): IptablesDifference {
  const steps: RestoreStep[] = []
  const displacing: string[] = []
  for (const table of ['filter', 'nat'] as const) {
    const chains = portalChains.filter((chain) => chain.table === table)
    const absent = chains.filter(({ name }) => !present[table].has(name))
    steps.push(...absent.map(({ name }) => ({ table, lines: [`:${name} - [0:0]`] })))
    const changes = chains.map(({ name }) =>
      compare(rulesOf(wanted[table], name), rulesOf(present[table], name)),
    )
    const lines = [
      ...changes.flatMap(({ missing }) => missing),
      ...changes.flatMap(({ surplus }) => surplus.map(deletion)),
    ]
    steps.push(...lines.map((line) => ({ table, lines: [line] })))
    for (const hook of new Set(chains.map(({ hook }) => hook))) {
      const ours = chains.filter((chain) => chain.hook === hook)
      const change = compareJumps(ours, rulesOf(present[table], hook), tolerated)
      displacing.push(...change.displacing)
      if (change.lines.length > 0) steps.push({ table, lines: change.lines })
    }
  }
  return { steps, displacing }
}

/** Returns the steps that remove all that is ours: redirects before the guard, jumps before the chains they lead to. */
export function iptablesRemoval(present: RuleSet): readonly RestoreStep[] {
  return (['nat', 'filter'] as const).flatMap((table) => {
    const ours = portalChains.filter(
      (chain) => chain.table === table && present[table].has(chain.name),
    )
    const jumps = [...present[table].values()]
      .flat()
      .filter((line) => jumpTarget(line) !== undefined)
    const lines = [
      ...jumps.map(deletion),
      ...ours.map(({ name }) => `:${name} - [0:0]`),
      ...ours.map(({ name }) => `-X ${name}`),
    ]
    return lines.length === 0 ? [] : [{ table, lines }]
  })
}

/** Whether anything in `present` is ours. */
export function holdsOurs(present: RuleSet): boolean {
  return iptablesRemoval(present).length > 0
}

/** Returns the standard input for `iptables-restore --noflush`. @param stepsPerCommit default: one COMMIT a table */
export function restoreText(steps: readonly RestoreStep[], stepsPerCommit = Infinity): string {
  let text = ''
  let table: TableName | undefined
  let count = 0
  for (const step of steps) {
    if (step.table !== table || count === stepsPerCommit) {
      text += `${table === undefined ? '' : 'COMMIT\n'}*${step.table}\n`
      table = step.table
      count = 0
    }
    text += `${step.lines.join('\n')}\n`
    count++
  }
  return table === undefined ? '' : `${text}COMMIT\n`
}

const deletion = (line: string) => line.replace(/^-A/, '-D')

function compare(wanted: readonly string[], present: readonly string[]) {
  const missing = new Set(wanted)
  const surplus = present.filter((line) => !missing.delete(line))
  if (surplus.length === 0) return { missing: [...missing], surplus }
  // What is wanted may be there in another form.
  const forms = new Map([...missing].map((line) => [normalForm(line), line]))
  const unknown = surplus.filter((line) => {
    const form = normalForm(line)
    missing.delete(forms.get(form) ?? '')
    return !forms.delete(form)
  })
  return { missing: [...missing], surplus: unknown }
}

function compareJumps(
  chains: readonly PortalChain[],
  rules: readonly string[],
  tolerated: ReadonlySet<string>,
) {
  const first = chains.filter(({ place }) => place === 'first')
  const last = chains.filter(({ place }) => place === 'last')
  const untolerated = rules.filter((line) => !tolerated.has(line))
  const head = untolerated.slice(0, untolerated.findLastIndex(leadsTo(first)) + 1)
  const start = untolerated.findIndex(leadsTo(last))
  const tail = start === -1 ? [] : untolerated.slice(start)
  if (areJumps(head, first) && areJumps(tail, last)) return { lines: [], displacing: [] }
  const lines = [
    ...rules.filter(leadsTo(portalChains)).map(deletion),
    ...first.toReversed().map(({ jump }) => jump.replace(/^-A (\S+)/, '-I $1 1')),
    ...last.map(({ jump }) => jump),
  ]
  return { lines, displacing: [...head, ...tail].filter((line) => jumpTarget(line) === undefined) }
}

function leadsTo(chains: readonly PortalChain[]): (line: string) => boolean {
  return (line) => chains.some(({ name }) => name === jumpTarget(line))
}

function areJumps(lines: readonly string[], chains: readonly PortalChain[]): boolean {
  const jumps = chains.map(({ jump }) => normalForm(jump))
  return lines.map((line) => normalForm(line)).join('\0') === jumps.join('\0')
}

const rulesOf = (chains: ReadonlyMap<string, readonly string[]>, name: string) =>
  chains.get(name) ?? []
