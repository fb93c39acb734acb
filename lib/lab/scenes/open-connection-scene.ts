/**
 * Scene 5: a pod leaves the Service while a connection to it is open, and then its process ends.
 */
import type { Answer, Lab, LabMode, Outcome, PodName } from '../lab.ts'
import type { ModeTruth, SceneContext } from './scene.ts'

export interface OpenConnectionRecord {
  readonly scene: 'open-connection'
  readonly modes: readonly OpenConnectionResult[]
}

export interface OpenConnectionResult extends ModeTruth {
  /** Who has the connection. */
  readonly pod: PodName | ''
  readonly before: readonly (PodName | Outcome)[]
  /** Over the connection, and by new ones, after the endpoint is gone from the Service. */
  readonly after: readonly (PodName | Outcome)[]
  readonly others: readonly (PodName | Outcome)[]
  /** Over the connection, after the pod's process has ended. */
  readonly end: PodName | Outcome
}

export async function openConnectionScene({ lab }: SceneContext): Promise<OpenConnectionRecord> {
  const modes = []
  for (const mode of ['iptables', 'userspace'] as const) modes.push(await withConnection(lab, mode))
  return { scene: 'open-connection', modes }
}

async function withConnection(lab: Lab, mode: LabMode): Promise<OpenConnectionResult> {
  const { truth } = await lab.setMode(mode)
  const id = await lab.hold()
  const before = (await lab.ask(id, 2)) as readonly [Answer, ...Answer[]]
  const [{ pod }] = before
  const result = { mode, truth, pod, before: before.map(nameOf) }
  try {
    if (pod === '') return { ...result, after: [], others: [], end: nameOf(before[0]) }
    await lab.setEndpoint(pod, { isListed: false })
    const after = (await lab.ask(id, 2)).map(nameOf)
    const others = (await lab.request({ count: 3 })).map(nameOf)
    await lab.setCondition(pod, 'killed')
    const [last] = await lab.ask(id)
    return { ...result, after, others, end: nameOf(last as Answer) }
  } finally {
    await lab.release(id)
    if (pod !== '') {
      await lab.setCondition(pod, 'running')
      await lab.setEndpoint(pod, { isListed: true })
    }
  }
}

function nameOf({ pod, outcome }: Answer): PodName | Outcome {
  return pod === '' ? outcome : pod
}
