/**
 * iptablesListing: what `iptables-save -c` prints, as rules in the order in which a packet may be asked by them. Pure.
 */
import type { LabService, RuleLine } from '../../lab.ts'

interface SavedRule {
  readonly text: string
  readonly packets: number
  readonly target: string
}

/** Hooks that a packet to a Service passes on this node, in their order, then what programs of the node pass. */
const hooks = [
  'nat PREROUTING',
  'nat INPUT',
  'filter INPUT',
  'filter FORWARD',
  'nat POSTROUTING',
  'nat OUTPUT',
  'filter OUTPUT',
] as const

export function iptablesListing(saved: string, service: LabService): RuleLine[] {
  const chains = parse(saved)
  const lines: RuleLine[] = []
  const seen = new Set<string>()
  const visit = (table: string, chain: string): void => {
    const key = `${table} ${chain}`
    if (seen.has(key)) return
    seen.add(key)
    for (const { text, packets, target } of chains.get(key) ?? []) {
      lines.push({ chain: key, text, packets, isOfService: isOf(service, text) })
      visit(table, target)
    }
  }
  for (const hook of hooks) {
    const [table = '', chain = ''] = hook.split(' ')
    visit(table, chain)
  }
  return lines
}

/** Whether a rule names the Service in its comment, as kube-proxy's and ours do. */
export function isOf({ name }: LabService, rule: string): boolean {
  return rule.includes(`"${name}:`)
}

function parse(saved: string): Map<string, SavedRule[]> {
  const chains = new Map<string, SavedRule[]>()
  let table = ''
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const [, packets, text = '', chain = ''] = /^\[(\d+):\d+\] (-A (\S+).*)$/.exec(line) ?? []
    if (packets === undefined) continue
    const [, target = ''] = /.* -[jg] (\S+)/.exec(text) ?? []
    const rules = chains.get(`${table} ${chain}`) ?? []
    rules.push({ text, packets: Number(packets), target })
    chains.set(`${table} ${chain}`, rules)
  }
  return chains
}
