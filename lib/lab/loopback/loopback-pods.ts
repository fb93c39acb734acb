/**
 * LoopbackPods: the three pods on loopback: a process each, at an address of its own where the system has such
 * addresses, else at a port of its own.
 */
import type { ChildProcess } from 'node:child_process'
import type { LabPod, PodName } from '../lab.ts'
import { podNames } from '../lab.ts'
import { freePort, isFree } from './free-port.ts'
import { killProgram, startProgram } from './start-program.ts'

/** On Linux all of 127.0.0.0/8 is this machine; elsewhere it is one address. */
const own = {
  clusterIP: '127.96.0.10',
  clientAddress: '127.0.2.1',
  'pod-1': '127.0.1.1',
  'pod-2': '127.0.1.2',
  'pod-3': '127.0.1.3',
} as const
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
  readonly #places = new Map<PodName, Place>()
  readonly #processes = new Map<PodName, ChildProcess>()

  /**
   * @param hasOwnAddresses default: what the system says
   * @throws {ProxyError} ERR_LAB where they cannot be started
   */
  static async start(hasOwnAddresses?: boolean): Promise<LoopbackPods> {
    const hasOwn = hasOwnAddresses ?? (await isFree({ address: own.clientAddress, port: 0 }))
    const { clusterIP, clientAddress } = own
    const pods = new LoopbackPods(
      hasOwn ? { clusterIP, clientAddress } : { clusterIP: shared, clientAddress: '' },
    )
    await Promise.all(podNames.map((name) => pods.#startFirst(name, hasOwn)))
    return pods
  }

  private constructor(places: LoopbackPlaces) {
    this.places = places
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
  }

  /** At its usual port, or where there is room: what was free before may be taken by another lab now. */
  async #startFirst(name: PodName, hasOwn: boolean): Promise<void> {
    const address = hasOwn ? own[name] : shared
    this.#places.set(name, { address, port: hasOwn ? podPort : await freePort(address) })
    try {
      await this.revive(name)
    } catch {
      this.#places.set(name, { address, port: await freePort(address) })
      await this.revive(name)
    }
  }
}
