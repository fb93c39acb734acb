/**
 * eventText: which message tells an event of the timeline, and what is filled in. Pure.
 */
import type { PageMessages } from '../../../messages/page/page-messages.ts'
import type { TimelineEvent } from '../../page-topics.ts'
import type { Parameters } from './fill-in.ts'
import { roundedMs } from './rounded-ms.ts'

export interface EventText {
  readonly key: keyof PageMessages
  readonly parameters: Parameters
}

export function eventText(event: TimelineEvent): EventText {
  const { kind, ...rest } = event
  const parameters: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined) parameters[name] = value as string | number
  }
  // What has nothing to install took no time.
  const installMs = event.kind === 'mode' ? (event.installMs ?? 0) : 0
  if (installMs > 0) {
    return { key: 'event.modeIn', parameters: { ...parameters, value: roundedMs(installMs) } }
  }
  return { key: `event.${kind}`, parameters }
}

/** Whether something did not go as it should. */
export function isFailure({ kind }: TimelineEvent): boolean {
  return ['refused', 'timeout', 'unreachable', 'closed', 'problem'].includes(kind)
}
