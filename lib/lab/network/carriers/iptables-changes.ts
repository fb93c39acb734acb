/**
 * iptablesChanges: the lines for `iptables-restore --noflush` that turn one text of `iptables-save` into another. Pure.
 *
 * Chain by chain, as kube-proxy does since 1.26: a chain that differs is written anew, and all others are left alone.
 */

interface Chain {
  readonly policy: string
  readonly rules: string[]
}

/** Chains by name, by table. */
type Tables = Map<string, Map<string, Chain>>

/** @param linesPerCommit what the kernel takes in one transaction; `Infinity`: all of a table */
export function iptablesChanges(before: string, after: string, linesPerCommit: number): string {
  const [old, wanted] = [parse(before), parse(after)]
  const names = new Set([...wanted.keys(), ...old.keys()])
  return [...names]
    .map((table) => {
      const lines = tableChanges(old.get(table) ?? new Map(), wanted.get(table) ?? new Map())
      return commits(table, lines, linesPerCommit)
    })
    .join('')
}

function parse(text: string): Tables {
  const tables: Tables = new Map()
  let chains = new Map<string, Chain>()
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) tables.set(line.slice(1), (chains = new Map()))
    const [, name, policy = ''] = /^:(\S+) (\S+)/.exec(line) ?? []
    if (name !== undefined) chains.set(name, { policy, rules: [] })
    const [, chain = ''] = /^-A (\S+)/.exec(line) ?? []
    chains.get(chain)?.rules.push(line)
  }
  return tables
}

function tableChanges(
  old: ReadonlyMap<string, Chain>,
  wanted: ReadonlyMap<string, Chain>,
): string[] {
  const changed = [...wanted].filter(
    ([name, { rules }]) => !old.has(name) || old.get(name)?.rules.join('\n') !== rules.join('\n'),
  )
  const gone = [...old].filter(([name]) => !wanted.has(name))
  const isOwn = ([, { policy }]: readonly [string, Chain]): boolean => policy === '-'
  return [
    // Naming a chain of ours empties it; one of the kernel's has to be told.
    ...changed.filter(isOwn).map(([name]) => `:${name} - [0:0]`),
    ...[...changed, ...gone].filter((one) => !isOwn(one)).map(([name]) => `-F ${name}`),
    ...changed.flatMap(([, { rules }]) => rules),
    ...gone.filter(isOwn).map(([name]) => `-F ${name}`),
    ...gone.filter(isOwn).map(([name]) => `-X ${name}`),
  ]
}

function commits(table: string, lines: readonly string[], linesPerCommit: number): string {
  let text = ''
  for (let i = 0; i < lines.length; i += linesPerCommit) {
    text += `*${table}\n${lines.slice(i, i + linesPerCommit).join('\n')}\nCOMMIT\n`
  }
  return text
}
