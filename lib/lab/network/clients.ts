/**
 * Clients: the programs that ask, one on each host that has been asked to; they start when they are needed.
 */
import type { ClientHold, ClientRequest, Reply, Target } from '../lab-client.ts'
import type { LabHost } from '../lab.ts'
import type { Program } from './hosts.ts'
import { startProgram } from './hosts.ts'
import type { Load, LoadOptions } from './measuring/load.ts'

export interface ClientsRequest extends Omit<ClientRequest, 'target'> {
  /** One for all, or one for each. */
  readonly targets: readonly Target[]
}

export class Clients {
  readonly #programs = new Map<LabHost, Promise<Program>>()

  /** Starts the program of a host, so that the first request does not wait for it. */
  async start(host: LabHost): Promise<void> {
    await this.#program(host)
  }

  async request(from: LabHost, request: ClientsRequest): Promise<readonly Reply[]> {
    const { targets, ...rest } = request
    const [target] = targets
    if (target === undefined) return []
    if (targets.length === 1) {
      return (await this.#call(from, 'request', { ...rest, target })) as readonly Reply[]
    }
    const requests = targets.map((target) => ({ ...rest, target, count: 1 }))
    return (await this.#call(from, 'requests', requests)) as readonly Reply[]
  }

  hold(hold: ClientHold): Promise<number> {
    return this.#call('client', 'hold', hold) as Promise<number>
  }

  ask(id: number, count: number): Promise<readonly Reply[]> {
    return this.#call('client', 'ask', id, count) as Promise<readonly Reply[]>
  }

  async release(id: number): Promise<void> {
    await this.#call('client', 'release', id)
  }

  load(options: LoadOptions): Promise<Load> {
    return this.#call('client', 'load', options) as Promise<Load>
  }

  /** Of the program on a host. */
  async pid(host: LabHost): Promise<number> {
    return (await this.#program(host)).process.pid as number
  }

  async #call(host: LabHost, method: string, ...args: readonly unknown[]): Promise<unknown> {
    const { caller } = await this.#program(host)
    return caller.call(method, ...args)
  }

  #program(host: LabHost): Promise<Program> {
    const running = this.#programs.get(host) ?? startProgram(host, 'client-program')
    this.#programs.set(host, running)
    return running
  }
}
