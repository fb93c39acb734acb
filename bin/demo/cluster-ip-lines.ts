/**
 * Scene 1 on a terminal.
 */
import type { ClusterIPLook, ClusterIPRecord, Outcome } from '../../lib/lab/index.ts'
import type { Wording } from './wording.ts'

export function clusterIPLines(wording: Wording, record: ClusterIPRecord): string[] {
  const { clusterIP, port, before, after } = record
  const curl = (port: number): string => `curl -m 1 http://${clusterIP}:${port}/`
  const said = (key: 'noRuleYet' | 'wrongPort', outcome: Outcome): string =>
    wording.say(key, { outcome: wording.outcome(outcome) })
  const looked = ({ addresses, listeners }: ClusterIPLook): string[] => [
    ...counted(wording, `ip -br addr | grep -c ${clusterIP}/`, addresses),
    ...counted(wording, `ss -ltn | grep -c ':${port} '`, listeners),
  ]
  const first =
    before === undefined
      ? wording.lines('clusterIPModel')
      : [...looked(before), ...wording.asked(curl(port), said('noRuleYet', before.outcome))]
  return [
    ...first,
    ...wording.lines('rulesLoaded'),
    ...looked(after),
    ...wording.asked(curl(port), wording.outcome(after.outcome)),
    ...wording.asked(curl(port + 1), said('wrongPort', after.wrongPort)),
    ...wording.why('becauseClusterIP'),
  ]
}

function counted(wording: Wording, command: string, found: number | undefined): string[] {
  return found === undefined ? [] : wording.asked(command, String(found))
}
