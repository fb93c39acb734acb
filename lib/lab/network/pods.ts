/**
 * Pods: three programs on three hosts, and what happens to them; and what their EndpointSlice says, which may differ.
 */
import { once } from 'node:events'
import type { LabPod, PodCondition, PodName } from '../lab.ts'
import { podNames } from '../lab.ts'
import { links, podPort } from './addresses.ts'
import type { Program } from './hosts.ts'
import { plugIn, startProgram, unplug } from './hosts.ts'

interface Pod {
  view: LabPod
  program: Program | undefined
}

export class Pods {
  readonly #pods: ReadonlyMap<PodName, Pod>

  private constructor(pods: ReadonlyMap<PodName, Pod>) {
    this.#pods = pods
  }

  static async start(): Promise<Pods> {
    const programs = await Promise.all(podNames.map(startPod))
    const pods = podNames.map((name, i): [PodName, Pod] => {
      const condition = { condition: 'running', isReady: true, isListed: true } as const
      const view = { name, address: links[name].address, port: podPort, ...condition }
      return [name, { view, program: programs[i] }]
    })
    return new Pods(new Map(pods))
  }

  get list(): readonly LabPod[] {
    return [...this.#pods.values()].map(({ view }) => view)
  }

  /** Of the programs that run. */
  get pids(): readonly number[] {
    return [...this.#pods.values()].flatMap(({ program }) => program?.process.pid ?? [])
  }

  async setCondition(name: PodName, condition: PodCondition): Promise<void> {
    const pod = this.#pods.get(name) as Pod
    const before = pod.view.condition
    if (before === condition) return
    if (before === 'unplugged') await plugIn(name)
    if (condition === 'unplugged') await unplug(name)
    if (condition === 'killed') await kill(pod)
    else pod.program ??= await startPod(name)
    pod.view = { ...pod.view, condition }
  }

  setEndpoint(name: PodName, endpoint: Partial<Pick<LabPod, 'isReady' | 'isListed'>>): void {
    const pod = this.#pods.get(name) as Pod
    pod.view = { ...pod.view, ...endpoint }
  }
}

function startPod(name: PodName): Promise<Program> {
  return startProgram(name, 'pod-program', [name, links[name].address, String(podPort)])
}

async function kill(pod: Pod): Promise<void> {
  const { program } = pod
  pod.program = undefined
  if (program === undefined) return
  const exit = once(program.process, 'exit')
  program.process.kill('SIGKILL')
  await exit
}
