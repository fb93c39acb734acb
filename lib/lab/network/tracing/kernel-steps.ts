/**
 * kernelSteps: what the kernel has said of a packet, as stations of its way, up to where the node hands it on. Pure.
 */
import type { TraceStep } from '../../lab.ts'
import type { TraceEvent } from './trace-event.ts'

/** Tables of the modes; what marks the packet for tracing is none of its way. */
const tables = new Set(['nat', 'filter', 'kube-proxy'])

export function kernelSteps(events: readonly TraceEvent[]): TraceStep[] {
  const own = events.filter(({ table }) => tables.has(table))
  const [first] = events
  if (first === undefined) return []
  const { source, destination } = first
  const before = { source, destination }
  const steps: TraceStep[] = [
    { station: 'client', space: 'user', ...before, rule: '' },
    { station: 'prerouting', space: 'kernel', ...before, rule: '' },
  ]
  for (const event of own.filter((one) => one.destination === destination)) {
    if (event.rule === '') continue
    steps.push({ station: 'rule', space: 'kernel', ...before, rule: event.rule })
  }
  const last = own.findLast(({ rule }) => rule !== '')?.rule ?? ''
  if (/-j REJECT|\breject\b/.test(last)) return [...steps, step('refused', before, last)]
  if (/-j DROP|\bdrop\b/.test(last)) return [...steps, step('dropped', before, last)]
  const led = own.find((one) => one.destination !== destination)
  const translation = steps.findLast(({ rule }) => /-j (?:DNAT|REDIRECT)|dnat to/.test(rule))
  if (translation === undefined) return [...steps, step('forward', before, '')]
  const after = { source, destination: led?.destination ?? placeIn(translation.rule) }
  const isRedirect = translation.rule.includes('-j REDIRECT')
  return isRedirect
    ? [...steps, step('redirect', after, translation.rule), step('input', after, '')]
    : [...steps, step('dnat', after, translation.rule), step('forward', after, '')]
}

function step(
  station: string,
  place: Pick<TraceStep, 'source' | 'destination'>,
  rule: string,
): TraceStep {
  return { station, space: 'kernel', ...place, rule }
}

function placeIn(rule: string): string {
  return /(?:--to-destination|dnat to) (\S+)/.exec(rule)?.[1] ?? ''
}
