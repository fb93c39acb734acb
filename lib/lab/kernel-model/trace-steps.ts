/**
 * traceSteps: the way of a connection's first packet through a kernel mode, station by station, from a walk. Pure.
 */
import { formatHostPort } from '../../index.ts'
import type { Answer, TraceStep } from '../lab.ts'
import type { Packet, Walk } from '../walk/packet.ts'

export interface TraceStepsInput {
  readonly packet: Packet
  readonly walk: Walk
  /** `''` where it reaches nobody. */
  readonly seenClient: string
  readonly answer: Answer
}

export function traceSteps({ packet, walk, seenClient, answer }: TraceStepsInput): TraceStep[] {
  const { source, port } = packet
  const before = { source, destination: formatHostPort(packet.destination, port) }
  const after = { source, destination: walk.destination }
  const rules = walk.steps
    .filter(({ chain, isMatch }) => isMatch && isOnTheWay(chain, walk))
    .map(({ rule }): TraceStep => ({ station: 'rule', space: 'kernel', ...before, rule }))
  const last = rules.at(-1)
  const steps: TraceStep[] = [
    { station: 'client', space: 'user', ...before, rule: '' },
    { station: 'prerouting', space: 'kernel', ...before, rule: '' },
    ...rules,
  ]
  if (walk.destination === '') {
    return [...steps, { station: walk.fate, space: 'kernel', ...before, rule: last?.rule ?? '' }]
  }
  const leaving = { ...after, source: seenClient }
  return [
    ...steps,
    { station: 'dnat', space: 'kernel', ...after, rule: last?.rule ?? '' },
    { station: 'forward', space: 'kernel', ...after, rule: '' },
    { station: 'postrouting', space: 'kernel', ...leaving, rule: '' },
    ...(answer.outcome === 'ok'
      ? [{ station: 'pod', space: 'user', ...leaving, rule: '' } as const]
      : []),
  ]
}

/** Those before the address is rewritten: the chains behind it see it as it is then. */
function isOnTheWay(chain: string, { path }: Walk): boolean {
  const behind = path.findIndex((name) =>
    /^(?:FORWARD|INPUT|POSTROUTING|nat-postrouting)$/.test(name),
  )
  const i = path.indexOf(chain)
  return i !== -1 && (behind === -1 || i < behind)
}
