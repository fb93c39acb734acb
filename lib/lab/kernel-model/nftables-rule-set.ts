/**
 * nftablesRuleSet: the table of nftables mode, as data.
 */
import type { LabService, RuleLine } from '../lab.ts'
import type { NftChain, NftRule, NftTable } from '../render/nftables/nft-table.ts'
import { walkNftables } from '../walk/walk-nftables.ts'
import type { Choice, RuleSet } from './rule-set.ts'
import { isOfService } from './rule-set.ts'

export interface NftablesRuleSetOptions {
  readonly table: NftTable
  readonly service: LabService
  readonly nodeAddresses: readonly string[]
}

export function nftablesRuleSet(options: NftablesRuleSetOptions): RuleSet {
  const { table, nodeAddresses } = options
  const lines = [...containerLines(options), ...chainLines(options)]
  const chancy = [...table.chains.values()].flatMap(({ rules }) =>
    rules.some(isChancy) ? [{ rules, own: [...rules] }] : [],
  )
  return {
    lines,
    ruleCount: lines.length,
    serviceRuleCount: lines.filter(({ isOfService }) => isOfService).length,
    walk: (packet, choice) => {
      for (const { rules, own } of chancy) {
        for (const [i, rule] of own.entries()) rules[i] = decided(rule, table, choice)
      }
      const walk = walkNftables(table, packet, { nodeAddresses, withSteps: true })
      for (const { rules, own } of chancy) rules.splice(0, rules.length, ...own)
      return walk
    },
  }
}

function containerLines({ table, service }: NftablesRuleSetOptions): RuleLine[] {
  return [...table.containers].flatMap(([name, { kind, elements }]) =>
    [...elements].map(([key, { value }]) => ({
      chain: `${kind} ${name}`,
      text: value === undefined ? key : `${key} : ${value}`,
      packets: undefined,
      isOfService: isOfService(service, value ?? '') || key === service.clusterIP,
    })),
  )
}

function chainLines({ table, service }: NftablesRuleSetOptions): RuleLine[] {
  return [...table.chains].flatMap(([name, { rules }]) =>
    rules.map(({ text }) => ({
      chain: `chain ${name}`,
      text,
      packets: undefined,
      isOfService: isOfService(service, name),
    })),
  )
}

const draw = /^numgen random mod (\d+) vmap \{ (.*) \}$/
const known = /^ip6? saddr @affinity-\S+ (goto (\S+))$/

function isChancy({ text }: NftRule): boolean {
  return draw.test(text) || known.test(text)
}

/** The rule as it is for one packet: the number is drawn, and the client is known again or not. */
function decided(rule: NftRule, table: NftTable, { random, stays }: Choice): NftRule {
  const [, verdict, chain = ''] = known.exec(rule.text) ?? []
  if (verdict !== undefined) {
    const { rules: led } = table.chains.get(chain) as NftChain
    const isHere = stays !== undefined && led.some(({ text }) => text.endsWith(`dnat to ${stays}`))
    return isHere ? { ...rule, text: verdict } : rule
  }
  const [, count = '', verdicts = ''] = draw.exec(rule.text) ?? []
  if (count === '') return rule
  const drawn = verdicts.split(', ')[Math.floor(random() * Number(count))]
  return { ...rule, text: `numgen random mod ${count} vmap { ${drawn} }` }
}
