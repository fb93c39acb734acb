/**
 * Scene 6: what each mode costs on this machine, of those that are real on it.
 *
 * Rounds are interleaved, so that whatever else the machine does meets all modes alike; and where the rounds of two
 * modes overlap, no difference was seen.
 */
import { availableParallelism, loadavg } from 'node:os'
import type { LabMode, LabModeInfo, MeasurementKind, Truth } from '../lab.ts'
import { labModes } from '../lab.ts'
import type { Spread } from '../statistics/spread.ts'
import { compareSpreads, spreadOf } from '../statistics/spread.ts'
import type { SceneContext } from './scene.ts'

export interface CostRecord {
  readonly scene: 'cost'
  readonly truth: Truth
  readonly rounds: number
  readonly modes: readonly ModeCost[]
  /** Of the last minute, after the measurements; 0 where the system does not say. */
  readonly load: number
  readonly cpus: number
}

export interface ModeCost {
  readonly mode: LabMode
  /** In µs, the median of each round. `undefined`: no round was good. */
  readonly newConnection: Cost | undefined
  readonly openConnection: Cost | undefined
  /** In bytes per second. */
  readonly bulk: Cost | undefined
  /** Why rounds were thrown away, each reason once. */
  readonly invalid: readonly string[]
}

export interface Cost extends Spread {
  /** Whether it can be told from mode direct; `less` is less time, or fewer bytes. */
  readonly versusDirect: 'less' | 'same' | 'more'
}

const kinds = ['new-connections', 'open-connection', 'bulk'] as const

export async function costScene({ lab, isFast, skip }: SceneContext): Promise<CostRecord> {
  const rounds = isFast ? 3 : 5
  const durationMs = isFast ? 60 : 120
  const modes = labModes.filter((mode) => {
    const info = lab.description.modes.find((info) => info.mode === mode) as LabModeInfo
    if (info.truth === 'REAL') return true
    skip({ part: mode, reason: info.reason })
    return false
  })
  const values = new Map<string, number[]>()
  const invalid = new Map<LabMode, Set<string>>()
  for (let round = 0; round < rounds; round++) {
    for (const mode of modes) {
      for (const kind of kinds) {
        const result = await lab.measure({ mode, kind, durationMs })
        const value = kind === 'bulk' ? result.bytesPerSecond : result.p50
        if (result.invalid !== '') {
          invalid.set(mode, new Set([...(invalid.get(mode) ?? []), result.invalid]))
        } else if (value !== undefined) push(values, `${mode} ${kind}`, value)
      }
    }
  }
  const cost = (mode: LabMode, kind: MeasurementKind): Cost | undefined => {
    const spread = spreadOf(values.get(`${mode} ${kind}`) ?? [])
    const direct = spreadOf(values.get(`direct ${kind}`) ?? [])
    return spread && { ...spread, versusDirect: direct ? compareSpreads(spread, direct) : 'same' }
  }
  return {
    scene: 'cost',
    truth: 'REAL',
    rounds,
    modes: modes.map((mode) => ({
      mode,
      newConnection: cost(mode, 'new-connections'),
      openConnection: cost(mode, 'open-connection'),
      bulk: cost(mode, 'bulk'),
      invalid: [...(invalid.get(mode) ?? [])],
    })),
    load: loadavg()[0] as number,
    cpus: availableParallelism(),
  }
}

function push(values: Map<string, number[]>, key: string, value: number): void {
  values.set(key, [...(values.get(key) ?? []), value])
}
