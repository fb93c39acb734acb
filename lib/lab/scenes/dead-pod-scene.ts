/**
 * Scene 4: the process of one pod dies, and the endpoints do not know it yet. Who notices?
 */
import type { Lab, LabMode, PodName } from '../lab.ts'
import type { Band } from '../statistics/binomial-band.ts'
import { binomialBand } from '../statistics/binomial-band.ts'
import type { ModeTruth, SceneContext } from './scene.ts'

export interface DeadPodRecord {
  readonly scene: 'dead-pod'
  readonly pod: PodName
  readonly modes: readonly DeadPodResult[]
  /** How many a mode that throws dice has to lose, 99 times in 100. */
  readonly band: Band
}

export interface DeadPodResult extends ModeTruth {
  readonly requests: number
  readonly ok: number
  readonly refused: number
  /** Neither of both. */
  readonly other: number
  /** Those that were answered at the second try or later. */
  readonly retried: number
}

const pod = 'pod-2'
const requests = 300

export async function deadPodScene({ lab }: SceneContext): Promise<DeadPodRecord> {
  const modes = []
  for (const mode of ['iptables', 'userspace'] as const) modes.push(await withDeadPod(lab, mode))
  const band = binomialBand({ count: requests, chance: 1 / 3 })
  return { scene: 'dead-pod', pod, modes, band }
}

async function withDeadPod(lab: Lab, mode: LabMode): Promise<DeadPodResult> {
  const { truth } = await lab.setMode(mode)
  await lab.setCondition(pod, 'killed')
  try {
    const answers = await lab.request({ count: requests })
    const countOf = (outcome: string): number =>
      answers.filter((answer) => answer.outcome === outcome).length
    const [ok, refused] = [countOf('ok'), countOf('refused')]
    const retried = answers.filter(({ outcome, attempts }) => outcome === 'ok' && attempts > 1)
    const other = requests - ok - refused
    return { mode, truth, requests, ok, refused, other, retried: retried.length }
  } finally {
    await lab.setCondition(pod, 'running')
  }
}
