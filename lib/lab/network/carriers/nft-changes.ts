/**
 * nftChanges: the commands for `nft -f` that turn one table into another, as kube-proxy does it: only what differs. Pure.
 *
 * In an order in which they can also be carried out one by one: nobody is led to a chain that is not there.
 */
import type { NftChain, NftTable } from '../../render/nftables/nft-table.ts'

/** Elements in one command. */
const elementsAtOnce = 50

/** @param before `undefined`: there is no such table */
export function nftChanges(before: NftTable | undefined, after: NftTable): string[] {
  const { name } = after
  const isNew = before === undefined
  const changed = [...after.chains].filter(
    ([chain, { rules }]) => textOf(before?.chains.get(chain)) !== textOf({ rules }),
  )
  const gone = [...(before?.chains.keys() ?? [])].filter((chain) => !after.chains.has(chain))
  return [
    ...(isNew ? [`add table ${name}`] : []),
    ...[...after.containers]
      .filter(([container]) => before?.containers.has(container) !== true)
      .map(([container, { kind, lines }]) => {
        return `add ${kind} ${name} ${container} { ${lines.join('; ')}; }`
      }),
    ...[...after.chains]
      .filter(([chain]) => before?.chains.has(chain) !== true)
      .map(([chain, { base }]) => `add chain ${name} ${chain}${base ? ` { ${base} }` : ''}`),
    ...changed
      .filter(([chain]) => before?.chains.has(chain) === true)
      .map(([chain]) => `flush chain ${name} ${chain}`),
    ...changed.flatMap(([chain, { rules }]) =>
      rules.map((rule) => `add rule ${name} ${chain} ${ruleText(rule)}`),
    ),
    ...[...after.containers.keys()].flatMap((container) =>
      elementChanges(container, before, after),
    ),
    ...gone.map((chain) => `flush chain ${name} ${chain}`),
    ...gone.map((chain) => `delete chain ${name} ${chain}`),
  ]
}

function elementChanges(
  container: string,
  before: NftTable | undefined,
  after: NftTable,
): string[] {
  const read = (table: NftTable | undefined): ReadonlyMap<string, string | undefined> => {
    const elements = table?.containers.get(container)?.elements ?? new Map()
    return new Map([...elements].map(([key, { value }]) => [key, value]))
  }
  const [old, wanted] = [read(before), read(after)]
  const stale = [...old].filter(([key, value]) => !wanted.has(key) || wanted.get(key) !== value)
  const fresh = [...wanted].filter(([key, value]) => !old.has(key) || old.get(key) !== value)
  const place = `element ${after.name} ${container}`
  return [
    ...inGroups(stale.map(([key]) => key)).map((keys) => `delete ${place} { ${keys} }`),
    ...inGroups(fresh.map(([key, value]) => (value === undefined ? key : `${key} : ${value}`))).map(
      (elements) => `add ${place} { ${elements} }`,
    ),
  ]
}

function inGroups(texts: readonly string[]): string[] {
  const groups: string[] = []
  for (let i = 0; i < texts.length; i += elementsAtOnce) {
    groups.push(texts.slice(i, i + elementsAtOnce).join(', '))
  }
  return groups
}

function textOf(chain: Pick<NftChain, 'rules'> | undefined): string | undefined {
  return chain?.rules.map(ruleText).join('\n')
}

function ruleText({ text, comment }: NftChain['rules'][number]): string {
  return comment === undefined ? text : `${text} comment "${comment}"`
}
