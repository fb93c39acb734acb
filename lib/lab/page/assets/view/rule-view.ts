/**
 * ruleView: the rules that are shown, and which of them the last packets have matched. Pure.
 */
import type { PageRule, RuleTable } from '../../page-topics.ts'

export interface RuleRow {
  readonly chain: string
  readonly text: string
  /** '' where nothing counts. */
  readonly packets: string
  readonly isMatched: boolean
  readonly isOfService: boolean
}

/** @param traced the rules that the traced packet has matched: a model has no counters */
export function ruleView(
  { lines }: RuleTable,
  { filter, traced }: { readonly filter: string; readonly traced: ReadonlySet<string> },
): RuleRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  return lines
    .filter((line) => words.every((word) => searched(line).includes(word)))
    .map(({ chain, text, packets, isMatched, isOfService }) => ({
      chain,
      // Its chain is told beside it.
      text: text.replace(/^-A \S+ /, ''),
      packets: packets === undefined ? '' : String(packets),
      isMatched: isMatched || (packets === undefined && traced.has(text)),
      isOfService,
    }))
}

function searched({ chain, text }: PageRule): string {
  return `${chain} ${text}`.toLowerCase()
}
