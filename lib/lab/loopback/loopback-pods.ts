/**
 * LoopbackPods: the three pods on loopback: a process each, at an address of its own where the system has such
 * addresses, else at a port of its own.
 */
import type { ChildProcess } from 'node:child_process'
import type { LabPod, PodName } from '../lab.ts'
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

type Place = Pick<LabPod, 'address' | 'port'>

export class LoopbackPods {
  readonly places: LoopbackPlaces
  readonly #network: LoopbackNetwork | undefined
  readonly #places = new Map<PodName, Place>()
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

  placeOf(name: PodName): Place {
    return this.#places.get(name) as Place
  }

  async kill(name: PodName): Promise<void> {
    const process = this.#processes.get(name)
    this.#processes.delete(name)
    if (process !== undefined) await killProgram(process)
  }

  /** @throws {ProxyError} ERR_LAB where another program has taken its port meanwhile */
  async revive(name: PodName): Promise<void> {
    if (this.#processes.has(name)) return
    const { address, port } = this.placeOf(name)
    const process = await startProgram('pod-program', [name, address, String(port)])
    this.#processes.set(name, process)
  }

  async close(): Promise<void> {
    await Promise.all(podNames.map((name) => this.kill(name)))
    this.#network?.release()
  }

  /** At its usual port, or where there is room: what was free before may be taken by another lab now. */
  async #startFirst(name: PodName): Promise<void> {
    const own = this.#network?.addressOf(name)
    const address = own ?? shared
    this.#places.set(name, { address, port: own ? podPort : await freePort(address) })
    try {
      await this.revive(name)
    } catch {
      this.#places.set(name, { address, port: await freePort(address) })
      await this.revive(name)
    }
  }
}
