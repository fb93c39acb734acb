/**
 * sideChange: what the commands do that change a lab while traffic goes on, and what the timeline says of it. Pure.
 */
import type { Lab, PodName } from '../lab.ts'
import type { PageCommand } from './page-command.ts'
import type { TimelineEvent } from './page-topics.ts'

export interface SideChange {
  readonly event: TimelineEvent
  readonly apply: (lab: Lab) => Promise<unknown>
}

export type ChangingCommand = Extract<
  PageCommand,
  { name: 'condition' | 'ready' | 'listed' | 'affinity' | 'scheduler' | 'services' }
>

export function sideChange(command: ChangingCommand): SideChange {
  if (command.name === 'affinity') {
    const { affinity } = command
    return { event: { kind: 'affinity', affinity }, apply: (lab) => lab.setAffinity(affinity) }
  }
  if (command.name === 'scheduler') {
    const { scheduler } = command
    return { event: { kind: 'scheduler', scheduler }, apply: (lab) => lab.setScheduler(scheduler) }
  }
  if (command.name === 'services') {
    const { count } = command
    return { event: { kind: 'services', count }, apply: (lab) => lab.setOtherServices(count) }
  }
  return podChange(command)
}

function podChange(command: Extract<ChangingCommand, { pod: PodName }>): SideChange {
  const { pod } = command
  if (command.name === 'condition') {
    const { condition } = command
    return { event: { kind: condition, pod }, apply: (lab) => lab.setCondition(pod, condition) }
  }
  if (command.name === 'ready') {
    const { isReady } = command
    const kind = isReady ? 'ready' : 'unready'
    return { event: { kind, pod }, apply: (lab) => lab.setEndpoint(pod, { isReady }) }
  }
  const { isListed } = command
  const kind = isListed ? 'listed' : 'unlisted'
  return { event: { kind, pod }, apply: (lab) => lab.setEndpoint(pod, { isListed }) }
}
