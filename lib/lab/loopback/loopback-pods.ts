/**
 * LoopbackPods: the three pods on loopback: a process each, at an address of its own where the system has such
 * addresses, else at a port of its own; and what their EndpointSlice says, which may differ.
 */
import type { ChildProcess } from 'node:child_process'
import type { LabPod, PodCondition, PodName } from '../lab.ts'
import { podNames } from '../lab.ts'
import { freePort } from './free-port.ts'
import type { LoopbackNetwork } from './loopback-network.ts'
import { killProgram, startProgram } from './start-program.ts'

const shared = '127.0.0.1'
const podPort = 8080

export interface LoopbackPlaces {
  readonly clusterIP: string
  /** `''`: that of everybody. */
  readonly clientAddress: string
}

export class LoopbackPods {
  readonly places: LoopbackPlaces
  readonly #network: LoopbackNetwork | undefined
  readonly #views = new Map<PodName, LabPod>()
  readonly #processes = new Map<PodName, ChildProcess>()

  /**
   * @param network released with the pods; without one they share an address
   * @throws {ProxyError} ERR_LAB where they cannot be started
   */
  static async start(network: LoopbackNetwork | undefined): Promise<LoopbackPods> {
    const pods = new LoopbackPods(network)
    await Promise.all(podNames.map((name) => pods.#startFirst(name)))
    return pods
  }

  private constructor(network: LoopbackNetwork | undefined) {
    const { clusterIP = shared, clientAddress = '' } = network ?? {}
    this.places = { clusterIP, clientAddress }
    this.#network = network
  }

  get list(): readonly LabPod[] {
    return podNames.map((name) => this.#view(name))
  }

  /**
   * One that is unplugged is killed: in a model nobody can tell.
   *
   * @throws {ProxyError} ERR_LAB where another program has taken its port meanwhile
   */
  async setCondition(name: PodName, condition: PodCondition): Promise<void> {
    await (condition === 'running' ? this.#revive(name) : this.#kill(name))
    this.#views.set(name, { ...this.#view(name), condition })
  }

  setEndpoint(name: PodName, endpoint: Partial<Pick<LabPod, 'isReady' | 'isListed'>>): void {
    this.#views.set(name, { ...this.#view(name), ...endpoint })
  }

  async close(): Promise<void> {
    await Promise.all(podNames.map((name) => this.#kill(name)))
    this.#network?.release()
  }

  #view(name: PodName): LabPod {
    return this.#views.get(name) as LabPod
  }

  async #kill(name: PodName): Promise<void> {
    const process = this.#processes.get(name)
    this.#processes.delete(name)
    if (process !== undefined) await killProgram(process)
  }

  async #revive(name: PodName): Promise<void> {
    if (this.#processes.has(name)) return
    const { address, port } = this.#view(name)
    const process = await startProgram('pod-program', [name, address, String(port)])
    this.#processes.set(name, process)
  }

  /** At its usual port, or where there is room: what was free before may be taken by another lab now. */
  async #startFirst(name: PodName): Promise<void> {
    const own = this.#network?.addressOf(name)
    const address = own ?? shared
    const port = own ? podPort : await freePort(address)
    const state = { condition: 'running', isReady: true, isListed: true } as const
    this.#views.set(name, { name, address, port, ...state })
    try {
      await this.#revive(name)
    } catch {
      this.#views.set(name, { name, address, port: await freePort(address), ...state })
      await this.#revive(name)
    }
  }
}
