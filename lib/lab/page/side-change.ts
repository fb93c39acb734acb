/**
 * sideChange: what the commands do that change a lab while traffic goes on, and what the timeline says of it. Pure.
 */
import type { Lab } from '../lab.ts'
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
  switch (command.name) {
    case 'condition': {
      const { pod, condition } = command
      return { event: { kind: condition, pod }, apply: (lab) => lab.setCondition(pod, condition) }
    }
    case 'ready': {
      const { pod, isReady } = command
      const kind = isReady ? 'ready' : 'unready'
      return { event: { kind, pod }, apply: (lab) => lab.setEndpoint(pod, { isReady }) }
    }
    case 'listed': {
      const { pod, isListed } = command
      const kind = isListed ? 'listed' : 'unlisted'
      return { event: { kind, pod }, apply: (lab) => lab.setEndpoint(pod, { isListed }) }
    }
    case 'affinity': {
      const { affinity } = command
      return { event: { kind: 'affinity', affinity }, apply: (lab) => lab.setAffinity(affinity) }
    }
    case 'scheduler': {
      const { scheduler } = command
      return {
        event: { kind: 'scheduler', scheduler },
        apply: (lab) => lab.setScheduler(scheduler),
      }
    }
    case 'services': {
      const { count } = command
      return { event: { kind: 'services', count }, apply: (lab) => lab.setOtherServices(count) }
    }
  }
}
