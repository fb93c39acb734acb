/**
 * LoopbackPods: the three pods on loopback: servers in this process, each at an address of its own where the system has
 * such addresses, else at a port of its own.
 */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { LabPod, PodName } from '../lab.ts'
import { podNames } from '../lab.ts'
import type { PodServer } from '../pod-server.ts'
import { startPodServer } from '../pod-server.ts'

/** On Linux all of 127.0.0.0/8 is this machine; elsewhere it is one address. */
const own = {
  clusterIP: '127.96.0.10',
  clientAddress: '127.0.2.1',
  pods: { 'pod-1': '127.0.1.1', 'pod-2': '127.0.1.2', 'pod-3': '127.0.1.3' },
} as const
const shared = '127.0.0.1'
const podPort = 8080

export interface LoopbackPlaces {
  readonly clusterIP: string
  /** `''`: that of everybody. */
  readonly clientAddress: string
}

export class LoopbackPods {
  readonly places: LoopbackPlaces
  readonly #servers: Map<PodName, PodServer>
  readonly #addresses: ReadonlyMap<PodName, Pick<LabPod, 'address' | 'port'>>

  /** @throws {Error} Node's own, where not even free ports can be had */
  static async start(): Promise<LoopbackPods> {
    const hasOwn = await isOurs(own.clientAddress)
    const servers = new Map<PodName, PodServer>()
    for (const name of podNames) {
      const address = hasOwn ? own.pods[name] : shared
      servers.set(name, await startAnywhere({ name, address, port: hasOwn ? podPort : 0 }))
    }
    return new LoopbackPods(hasOwn, servers)
  }

  private constructor(hasOwn: boolean, servers: Map<PodName, PodServer>) {
    this.#servers = servers
    this.#addresses = new Map(
      [...servers].map(([name, { port }]) => {
        return [name, { address: hasOwn ? own.pods[name] : shared, port }]
      }),
    )
    const { clusterIP, clientAddress } = own
    this.places = hasOwn ? { clusterIP, clientAddress } : { clusterIP: shared, clientAddress: '' }
  }

  placeOf(name: PodName): Pick<LabPod, 'address' | 'port'> {
    return this.#addresses.get(name) as Pick<LabPod, 'address' | 'port'>
  }

  async kill(name: PodName): Promise<void> {
    const server = this.#servers.get(name)
    this.#servers.delete(name)
    await server?.close()
  }

  /** @throws {Error} Node's own, where another program has taken its port meanwhile */
  async revive(name: PodName): Promise<void> {
    if (this.#servers.has(name)) return
    this.#servers.set(name, await startPodServer({ name, ...this.placeOf(name) }))
  }

  async close(): Promise<void> {
    await Promise.all(podNames.map((name) => this.kill(name)))
  }
}

/** Its port, or another one where that is taken. */
async function startAnywhere(options: Parameters<typeof startPodServer>[0]): Promise<PodServer> {
  try {
    return await startPodServer(options)
  } catch {
    return startPodServer({ ...options, port: 0 })
  }
}

async function isOurs(address: string): Promise<boolean> {
  return freePort(address).then(
    () => true,
    () => false,
  )
}

/** A port of an address at which nobody listens now. */
export async function freePort(address: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host: address, port: 0 }, resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
