/**
 * Scenes 2 and 3 on a terminal.
 */
import type {
  Answered,
  InstalledRules,
  IptablesRecord,
  UserspaceRecord,
} from '../../lib/lab/index.ts'
import { wrapColumns } from '../text-columns.ts'
import { shortRule } from './short-rule.ts'
import type { Wording } from './wording.ts'

export function userspaceLines(wording: Wording, record: UserspaceRecord): string[] {
  return [
    ...ruleLines(wording, record.rules, 'iptables-save -t nat | grep KUBE-PORTALS-CONTAINER'),
    ...answerLines(wording, record.answered),
    ...wording.why('becauseUserspace'),
  ]
}

export function iptablesLines(wording: Wording, record: IptablesRecord): string[] {
  const { rules, answered, probabilities, band, evenSplitP, trace } = record
  return [
    ...ruleLines(wording, rules, 'iptables-save -t nat | grep default/web:http'),
    ...wording.lines('dice', { probabilities: probabilities.join(', ') }),
    ...answerLines(wording, answered),
    ...wording.lines('band', { ...band, percent: Math.round(evenSplitP * 100) }),
    ...(trace === undefined
      ? []
      : wording.lines('traced', { ...trace, chains: trace.chains.join(' > ') })),
    ...wording.why('becauseIptables'),
  ]
}

function ruleLines(wording: Wording, rules: InstalledRules, command: string): string[] {
  const { texts, ruleCount: all, serviceRuleCount: own } = rules
  if (texts.length === 0) return wording.lines('noRules')
  return [
    `    $ ${command}`,
    ...texts.flatMap((text) =>
      wrapColumns(shortRule(text), { first: '      ', others: '        ' }),
    ),
    ...wording.lines('rulesOf', { all, own }),
  ]
}

const seen = { node: 'seenNode', client: 'seenClient', unknown: 'seenUnknown' } as const

export function answerLines(
  wording: Wording,
  { url, pods, counts, seenClient: address, whose }: Answered,
): string[] {
  const said = pods.map((pod) => (pod === '' ? '-' : pod.slice('pod-'.length))).join(' ')
  return [
    `    $ for i in $(seq ${pods.length}); do curl -s ${url}; done`,
    ...wording.lines('requests', { count: pods.length, pods: said, counts: counts.join('/') }),
    ...wording.lines(seen[whose], { address }),
  ]
}
