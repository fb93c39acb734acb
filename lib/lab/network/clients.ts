/**
 * Clients: the programs that ask, one on each host that has been asked to; and the connections that they hold.
 */
import type { ClientHold, ClientRequest, Reply } from '../lab-client.ts'
import { ProxyError } from '../../index.ts'
import type { LabHost } from '../lab.ts'
import type { Program } from './hosts.ts'
import { startProgram } from './hosts.ts'

export class Clients {
  readonly #programs = new Map<LabHost, Promise<Program>>()
  /** Protocols of the connections that are held, by id. */
  readonly #held = new Map<number, 'TCP' | 'UDP'>()

  /** Starts the program of a host, so that the first request does not wait for it. */
  async start(host: LabHost): Promise<void> {
    await this.#program(host)
  }

  async request(from: LabHost, request: ClientRequest): Promise<readonly Reply[]> {
    return (await this.call(from, 'request', request)) as readonly Reply[]
  }

  async hold({ protocol = 'TCP', ...hold }: ClientHold): Promise<number> {
    const id = (await this.call('client', 'hold', { ...hold, protocol })) as number
    this.#held.set(id, protocol)
    return id
  }

  async ask(id: number, count: number) {
    const protocol = this.#held.get(id)
    if (protocol === undefined) {
      throw new ProxyError('ERR_LAB', `connection ${id} is not held: hold() returns ids of those`)
    }
    const replies = (await this.call('client', 'ask', id, count)) as readonly Reply[]
    return { protocol, replies }
  }

  async release(id: number): Promise<void> {
    this.#held.delete(id)
    await this.call('client', 'release', id)
  }

  /** Calls a method of the program of a host. */
  async call(host: LabHost, method: string, ...args: readonly unknown[]): Promise<unknown> {
    const { caller } = await this.#program(host)
    return caller.call(method, ...args)
  }

  #program(host: LabHost): Promise<Program> {
    const running = this.#programs.get(host) ?? startProgram(host, 'client-program')
    this.#programs.set(host, running)
    return running
  }
}
