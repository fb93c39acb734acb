/**
 * RealCarrier: what the two modes that are real on loopback have in common: a client with sockets.
 */
import { setImmediate } from 'node:timers/promises'
import type { Protocol } from '../kernel-model/kernel-model.ts'
import type { Answer, RequestOptions, RuleLine } from '../lab.ts'
import type { Reply, Target } from '../lab-client.ts'
import { LabClient } from '../lab-client.ts'
import { unsupported } from './unsupported.ts'

export interface RealCarrierOptions {
  /** Of the client; `''`: that of everybody. */
  readonly clientAddress: string
  /** Where nobody listens. */
  readonly wrongTarget: Target
}

export abstract class RealCarrier {
  readonly rules: readonly RuleLine[] = []
  protected readonly options: RealCarrierOptions
  readonly #client = new LabClient()
  readonly #protocols = new Map<number, Protocol>()

  constructor(options: RealCarrierOptions) {
    this.options = options
  }

  protected abstract target(to: 'cluster-ip' | 'node-port', protocol: Protocol): Target
  /** How many endpoints were tried for a connection. */
  protected abstract attempts(protocol: Protocol, client: string): number

  async request({ from = 'client', ...options }: RequestOptions): Promise<readonly Answer[]> {
    if (from !== 'client') throw unsupported(`on loopback nobody is at ${from}`)
    const { to = 'cluster-ip', count = 1, timeoutMs, concurrency } = options
    const answers: Answer[] = []
    let next = 0
    const work = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) {
        const target = to === 'wrong-port' ? this.options.wrongTarget : this.target(to, 'TCP')
        const [reply] = await this.#client.request({ ...this.#from, target, timeoutMs })
        // The proxy tells of a failure when it is over, and that is after its client knows.
        if (reply?.outcome !== 'ok') await setImmediate()
        answers[i] = this.#answer(reply as Reply, 'TCP')
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency ?? 1, count) }, work))
    return answers
  }

  hold(protocol: Protocol): number {
    const target = this.target('cluster-ip', protocol)
    const id = this.#client.hold({ ...this.#from, target, protocol })
    this.#protocols.set(id, protocol)
    return id
  }

  async ask(id: number, count: number): Promise<readonly Answer[]> {
    const replies = await this.#client.ask(id, count)
    return replies.map((reply) => this.#answer(reply, this.#protocols.get(id) as Protocol))
  }

  release(id: number): void {
    this.#client.release(id)
    this.#protocols.delete(id)
  }

  async close(): Promise<void> {
    this.#client.close()
  }

  get #from(): { readonly localAddress?: string } {
    const { clientAddress } = this.options
    return clientAddress === '' ? {} : { localAddress: clientAddress }
  }

  #answer({ localPort, ...reply }: Reply, protocol: Protocol): Answer {
    const { clientAddress } = this.options
    const client = `${clientAddress === '' ? '127.0.0.1' : clientAddress}:${localPort}`
    return { ...reply, attempts: this.attempts(protocol, client) }
  }
}
