/**
 * What is printed of a scene: its title, which stands there before there is an answer, and then command, what is seen,
 * and why. All of it is made of the record.
 */
import type { SceneName, SceneRecord, SceneReport, Truth } from '../../lib/lab/index.ts'
import { clusterIPLines } from './cluster-ip-lines.ts'
import { costLines } from './cost-lines.ts'
import { iptablesLines, userspaceLines } from './mode-lines.ts'
import { deadPodLines, openConnectionLines } from './pod-lines.ts'
import { nextLines } from './next-lines.ts'
import { skippedLines } from './skipped-lines.ts'
import type { Key, Wording } from './wording.ts'

const titles: Readonly<Record<SceneName, Key>> = {
  'cluster-ip': 'titleClusterIP',
  userspace: 'titleUserspace',
  iptables: 'titleIptables',
  'dead-pod': 'titleDeadPod',
  'open-connection': 'titleOpenConnection',
  cost: 'titleCost',
  next: 'titleNext',
}

export function sceneTitle(wording: Wording, name: SceneName): string {
  return wording.say(titles[name])
}

/** For the line of the title; `undefined`: the groups of lines below say it, each for itself. */
export function sceneTruth({ record }: SceneReport): Truth | undefined {
  return record !== undefined && 'truth' in record ? record.truth : undefined
}

/** Below the title. `command`: how this program is called. */
export function sceneLines(wording: Wording, report: SceneReport, command: string): string[] {
  const { record, failure, skipped } = report
  return [
    ...(record === undefined ? [] : recordLines(wording, record, command)),
    ...(failure === undefined ? [] : wording.lines('failed', { message: failure.message })),
    ...skippedLines(wording, skipped),
  ]
}

type Lines = {
  readonly [Scene in SceneName]: (
    wording: Wording,
    record: Extract<SceneRecord, { readonly scene: Scene }>,
    command: string,
  ) => string[]
}

const lines: Lines = {
  'cluster-ip': clusterIPLines,
  userspace: userspaceLines,
  iptables: iptablesLines,
  'dead-pod': deadPodLines,
  'open-connection': openConnectionLines,
  cost: costLines,
  next: (wording, _, command) => nextLines(wording, command),
}

function recordLines(wording: Wording, record: SceneRecord, command: string): string[] {
  // The types cannot say that a record comes to the function of its own scene.
  const linesOf = lines[record.scene] as (...args: readonly unknown[]) => string[]
  return linesOf(wording, record, command)
}
