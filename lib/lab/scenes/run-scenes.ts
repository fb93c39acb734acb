/**
 * runScenes: one scene after the other, each with what came of it. A scene that fails does not keep the next ones from
 * being shown.
 */
import type { ErrorCode } from '../../index.ts'
import { ProxyError } from '../../index.ts'
import type { Lab } from '../lab.ts'
import { podNames } from '../lab.ts'
import type { ClusterIPRecord } from './cluster-ip-scene.ts'
import { clusterIPScene } from './cluster-ip-scene.ts'
import type { CostRecord } from './cost-scene.ts'
import { costScene } from './cost-scene.ts'
import type { DeadPodRecord } from './dead-pod-scene.ts'
import { deadPodScene } from './dead-pod-scene.ts'
import type { IptablesRecord, UserspaceRecord } from './mode-scenes.ts'
import { iptablesScene, userspaceScene } from './mode-scenes.ts'
import type { OpenConnectionRecord } from './open-connection-scene.ts'
import { openConnectionScene } from './open-connection-scene.ts'
import type { SceneContext, SceneName, SkippedPart } from './scene.ts'
import { sceneNames } from './scene.ts'

/** The last scene: nothing is run, it says where to go on. */
export interface NextRecord {
  readonly scene: 'next'
}

export type SceneRecord =
  | ClusterIPRecord
  | UserspaceRecord
  | IptablesRecord
  | DeadPodRecord
  | OpenConnectionRecord
  | CostRecord
  | NextRecord

export interface SceneReport {
  /** From 1. */
  readonly number: number
  readonly name: SceneName
  /** `undefined`: it failed. */
  readonly record: SceneRecord | undefined
  readonly failure: { readonly code: ErrorCode | ''; readonly message: string } | undefined
  readonly skipped: readonly SkippedPart[]
  readonly durationMs: number
}

export interface RunScenesOptions {
  /** Which ones, from 1. Default: all of them. */
  readonly numbers?: readonly number[]
  /** Default false. */
  readonly isFast?: boolean
  /** Awaited before each scene. */
  readonly before?: (number: number, name: SceneName) => Promise<void>
}

const scenes: Readonly<Record<SceneName, (context: SceneContext) => Promise<SceneRecord>>> = {
  'cluster-ip': clusterIPScene,
  userspace: userspaceScene,
  iptables: iptablesScene,
  'dead-pod': deadPodScene,
  'open-connection': openConnectionScene,
  cost: costScene,
  next: () => Promise.resolve({ scene: 'next' }),
}

export async function* runScenes(
  lab: Lab,
  { numbers, isFast = false, before }: RunScenesOptions = {},
): AsyncGenerator<SceneReport, void, void> {
  for (const number of numbers ?? sceneNames.map((_, i) => i + 1)) {
    const name = sceneNames[number - 1]
    if (name === undefined) {
      const right = `1 to ${sceneNames.length}`
      throw new ProxyError(
        'ERR_INVALID_OPTION',
        `there is no scene ${number}; ${right} would be right`,
      )
    }
    await before?.(number, name)
    yield await report(lab, { number, name, isFast })
  }
}

async function report(
  lab: Lab,
  { number, name, isFast }: Pick<SceneReport, 'number' | 'name'> & { readonly isFast: boolean },
): Promise<SceneReport> {
  const skipped: SkippedPart[] = []
  const begin = performance.now()
  const rest = { number, name, skipped }
  try {
    const record = await scenes[name]({ lab, isFast, skip: (part) => skipped.push(part) })
    return { ...rest, record, failure: undefined, durationMs: performance.now() - begin }
  } catch (error) {
    const code: ErrorCode | '' = error instanceof ProxyError ? error.code : ''
    const failure = { code, message: error instanceof Error ? error.message : String(error) }
    await restore(lab)
    return { ...rest, record: undefined, failure, durationMs: performance.now() - begin }
  }
}

/** What a scene has left behind that failed; where that fails too, the next one will say so. */
async function restore(lab: Lab): Promise<void> {
  for (const pod of podNames) {
    await lab.setCondition(pod, 'running').catch(() => {})
    await lab.setEndpoint(pod, { isListed: true, isReady: true }).catch(() => {})
  }
}
