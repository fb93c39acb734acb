/**
 * DirectCarrier: the client has the list of pods, and dials one after the other itself.
 */
import { formatHostPort } from '../../index.ts'
import type { Answer, Carriage, LabPod, LabService, Trace } from '../lab.ts'
import type { Target } from '../lab-client.ts'
import type { Carrier, Wanted } from './carrier.ts'
import type { RealCarrierOptions } from './real-carrier.ts'
import { RealCarrier } from './real-carrier.ts'

export class DirectCarrier extends RealCarrier implements Carrier {
  readonly carriage: Carriage = {
    mode: 'direct',
    truth: 'REAL',
    ruleCount: 0,
    serviceRuleCount: 0,
    walkedRuleCount: undefined,
    path: [],
    installMs: 0,
  }
  #wanted: Wanted
  #turn = 0

  constructor(options: RealCarrierOptions, wanted: Wanted) {
    super(options)
    this.#wanted = wanted
  }

  get service(): LabService {
    return this.#wanted.service
  }

  async update(wanted: Wanted): Promise<void> {
    this.#wanted = wanted
  }

  setPods(pods: readonly LabPod[]): void {
    this.#wanted = { ...this.#wanted, pods }
  }

  async trace(): Promise<Trace> {
    const pods = this.#pods
    const { address, port } = pods[this.#turn % pods.length] as LabPod
    const [answer] = (await this.request({})) as readonly [Answer]
    const source = this.options.clientAddress
    const packet = { source, destination: formatHostPort(address, port), rule: '' }
    return {
      truth: 'REAL',
      answer,
      steps: [
        { station: 'client', space: 'user', ...packet },
        { station: 'loopback', space: 'kernel', ...packet },
        ...(answer.outcome === 'ok' ? [{ station: 'pod', space: 'user', ...packet } as const] : []),
      ],
      crossings: 2,
      connections: 1,
    }
  }

  get measured(): readonly Target[] {
    return this.#pods.map(({ address, port }) => ({ address, port }))
  }

  protected target(to: 'cluster-ip' | 'node-port'): Target {
    if (to === 'node-port') return this.options.wrongTarget
    const { address, port } = this.#pods[this.#turn++ % this.#pods.length] as LabPod
    return { address, port }
  }

  protected attempts(): number {
    return 1
  }

  /** Those that are listed and ready; where none is, the client has still got an old list. */
  get #pods(): readonly LabPod[] {
    const usable = this.#wanted.pods.filter(({ isListed, isReady }) => isListed && isReady)
    return usable.length > 0 ? usable : this.#wanted.pods
  }
}
