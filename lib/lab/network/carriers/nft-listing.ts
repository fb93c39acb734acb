/**
 * nftListing: a table of nftables as rules in the order in which a packet may be asked by them. Pure.
 */
import type { LabService, RuleLine } from '../../lab.ts'
import type { NftTable } from '../../render/nftables/nft-table.ts'

/** Hooks that a packet to a Service passes on this node, in their order, then what programs of the node pass. */
const hooks = [
  'filter-prerouting',
  'nat-prerouting',
  'filter-input',
  'filter-forward',
  'nat-postrouting',
  'filter-output',
  'nat-output',
  'filter-output-post-dnat',
] as const

export function nftListing(table: NftTable, service: LabService): RuleLine[] {
  const lines: RuleLine[] = []
  const seen = new Set<string>()
  const add = (chain: string, text: string, about: string): void => {
    const isOfService = about.includes(`${service.name}/`) || about === service.clusterIP
    lines.push({ chain, text, packets: undefined, isOfService })
  }
  const visitContainer = (name: string): void => {
    const container = table.containers.get(name)
    if (container === undefined || seen.has(`@${name}`)) return
    seen.add(`@${name}`)
    const elements = [...container.elements]
    for (const [key, { value }] of elements) {
      const place = `${container.kind} ${name}`
      add(place, value === undefined ? key : `${key} : ${value}`, value ?? key)
    }
    for (const [, { value = '' }] of elements) visitTargets(value)
  }
  const visitTargets = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/@([\w-]+)/g)) visitContainer(name)
    for (const [, name = ''] of text.matchAll(/(?:jump|goto) ([^\s,]+)/g)) visitChain(name)
  }
  const visitChain = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    for (const { text } of table.chains.get(name)?.rules ?? []) {
      add(`chain ${name}`, text, name)
      visitTargets(text)
    }
  }
  for (const hook of hooks) visitChain(hook)
  return lines
}
