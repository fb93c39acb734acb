/**
 * iptablesRuleSet: the rules of iptables mode, from their text.
 */
import type { LabService, RuleLine } from '../lab.ts'
import type { ParsedRule, ParsedRules } from '../walk/iptables-text.ts'
import { parseIptablesText } from '../walk/iptables-text.ts'
import { walkIptables } from '../walk/walk-iptables.ts'
import type { Choice, RuleSet } from './rule-set.ts'
import { isOfService } from './rule-set.ts'

export interface IptablesRuleSetOptions {
  /** As `iptables-save` prints it. */
  readonly text: string
  readonly service: LabService
  readonly nodeAddresses: readonly string[]
}

export function iptablesRuleSet(options: IptablesRuleSetOptions): RuleSet {
  const { text, service, nodeAddresses } = options
  const parsed = parseIptablesText(text)
  const lines = [...parsed].flatMap(([chain, rules]) =>
    rules.map(({ line }): RuleLine => {
      return { chain, text: line, packets: undefined, isOfService: isOfService(service, line) }
    }),
  )
  const chancy = [...parsed].filter(([, rules]) => rules.some(isChancy))
  return {
    lines,
    ruleCount: lines.length,
    serviceRuleCount: lines.filter(({ isOfService }) => isOfService).length,
    walk: (packet, choice) => {
      const rules = new Overlay(parsed)
      for (const [chain, own] of chancy) {
        rules.set(
          chain,
          own.map((rule) => (takes(rule, parsed, choice) ? withoutChance(rule) : rule)),
        )
      }
      return walkIptables(rules, packet, { nodeAddresses, withSteps: true })
    },
  }
}

/** Thousands of chains as they are, and a few that are otherwise for one packet. */
class Overlay extends Map<string, readonly ParsedRule[]> {
  readonly #below: ParsedRules

  constructor(below: ParsedRules) {
    super()
    this.#below = below
  }

  override get(key: string): readonly ParsedRule[] | undefined {
    return super.get(key) ?? this.#below.get(key)
  }

  override has(key: string): boolean {
    return this.#below.has(key)
  }
}

const dice = new Set(['--mode', '--probability'])
const memory = new Set(['--rcheck', '--seconds', '--reap', '--name', '--mask', '--rsource'])

function valueOf({ conditions }: ParsedRule, option: string): string | undefined {
  return conditions.find((condition) => condition.option === option)?.value
}

function isChancy(rule: ParsedRule): boolean {
  return valueOf(rule, '--probability') !== undefined || valueOf(rule, '--rcheck') !== undefined
}

/** Whether this packet is one of those that the rule picks by chance, or knows again. */
function takes(rule: ParsedRule, rules: ParsedRules, { random, stays }: Choice): boolean {
  if (valueOf(rule, '--rcheck') !== undefined) {
    if (stays === undefined) return false
    const led = rules.get(`nat ${rule.target}`) as readonly ParsedRule[]
    return led.some(({ targetOptions }) => targetOptions.get('--to-destination') === stays)
  }
  const probability = valueOf(rule, '--probability')
  return probability !== undefined && random() < Number(probability)
}

function withoutChance(rule: ParsedRule): ParsedRule {
  const conditions = rule.conditions.filter(
    ({ option }) => !dice.has(option) && !memory.has(option),
  )
  return { ...rule, conditions }
}
