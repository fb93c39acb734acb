/**
 * Traffic: the requests of the lab's hosts and the connections that its client holds, with whatever carries them.
 */
import { ProxyError } from '../../index.ts'
import type { KernelModel } from '../kernel-model/kernel-model.ts'
import type { Reply, Target } from '../lab-client.ts'
import type { Answer, HoldOptions, RequestOptions } from '../lab.ts'
import type { Carrier } from './carriers/carrier.ts'
import { DirectCarrier } from './carriers/direct-carrier.ts'
import { ModelCarrier } from './carriers/model-carrier.ts'
import { ProxierCarrier } from './carriers/proxier-carrier.ts'
import type { Clients } from './clients.ts'
import type { Pods } from './pods.ts'
import { targetOf } from './target-of.ts'

/** A connection lives on with what carries it, whichever mode comes next. */
interface Held {
  readonly inner: number
  readonly protocol: 'TCP' | 'UDP'
  readonly model: KernelModel | undefined
  readonly carrier: Carrier
  /** Of its first answer: later ones have no dials of their own. */
  attempts: number | undefined
}

export interface Asked {
  readonly answer: Answer
  /** 0 where it was not connected, or in a model. */
  readonly clientPort: number
}

export class Traffic {
  readonly #clients: Clients
  readonly #pods: Pods
  readonly #held = new Map<number, Held>()
  #lastId = 0
  /** Whose turn it is where the client chooses. */
  #turn = 0

  constructor(clients: Clients, pods: Pods) {
    this.#clients = clients
    this.#pods = pods
  }

  async request(carrier: Carrier, options: RequestOptions): Promise<readonly Answer[]> {
    return (await this.#request(carrier, options)).map(({ answer }) => answer)
  }

  /** A single one of the client, with what tells it from others on its way. */
  async requestOne(carrier: Carrier): Promise<Asked> {
    const [asked] = await this.#request(carrier, {})
    return asked as Asked
  }

  async #request(carrier: Carrier, options: RequestOptions): Promise<Asked[]> {
    const { from = 'client', to = 'cluster-ip', count = 1, concurrency, timeoutMs } = options
    if (carrier instanceof ModelCarrier) {
      const request = (): Answer => modelOf(carrier).request({ from, to }, 'TCP')
      return Array.from({ length: count }, () => ({ answer: request(), clientPort: 0 }))
    }
    const isDirect = carrier instanceof DirectCarrier && to === 'cluster-ip'
    const targets = isDirect ? this.#podsInTurn(count) : [targetOf(to)]
    const replies = await this.#clients.request(from, { targets, count, concurrency, timeoutMs })
    return replies.map((reply) => {
      const attempts = attemptsOf(carrier, reply, 'TCP') ?? 1
      return { answer: answer(reply, attempts), clientPort: reply.localPort }
    })
  }

  async hold(carrier: Carrier, { protocol = 'TCP' }: HoldOptions): Promise<number> {
    const model = carrier instanceof ModelCarrier ? modelOf(carrier) : undefined
    const [target] = carrier instanceof DirectCarrier ? this.#podsInTurn(1) : []
    const inner = model
      ? model.hold(protocol)
      : await this.#clients.hold({ protocol, target: target ?? targetOf('cluster-ip') })
    this.#held.set(++this.#lastId, { inner, protocol, model, carrier, attempts: undefined })
    return this.#lastId
  }

  /** @throws {ProxyError} ERR_LAB where there is no such connection */
  async ask(id: number, count: number): Promise<readonly Answer[]> {
    const held = this.#held.get(id)
    if (held === undefined) {
      const right = 'one that hold() has returned would be right'
      throw new ProxyError('ERR_LAB', `connection ${id} is not held; ${right}`)
    }
    const { model, inner, carrier, protocol } = held
    if (model) return Array.from({ length: count }, () => model.ask(inner))
    const replies = await this.#clients.ask(inner, count)
    return replies.map((reply) => {
      held.attempts = attemptsOf(carrier, reply, protocol) ?? held.attempts
      return answer(reply, held.attempts ?? 1)
    })
  }

  async release(id: number): Promise<void> {
    const held = this.#held.get(id)
    this.#held.delete(id)
    if (held?.model) held.model.release(held.inner)
    else if (held) await this.#clients.release(held.inner)
  }

  /** What has happened to pods, for models that hold connections. */
  podsChanged(): void {
    const models = [...this.#held.values()].map(({ model }) => model)
    for (const model of new Set(models)) model?.setPods(this.#pods.list)
  }

  #podsInTurn(count: number): Target[] {
    const pods = this.#pods.list.filter(({ isListed, isReady }) => isListed && isReady)
    // Who knows of no pod asks them all the same: there is nobody else.
    const known = pods.length > 0 ? pods : this.#pods.list
    return Array.from({ length: count }, () => {
      const { address = '', port = 0 } = known[this.#turn++ % known.length] ?? {}
      return { address, port }
    })
  }
}

function modelOf(carrier: ModelCarrier): KernelModel {
  if (carrier.model !== undefined) return carrier.model
  throw new ProxyError('ERR_LAB', 'the mode is being changed: await setMode() first')
}

function attemptsOf(
  carrier: Carrier,
  { localPort }: Reply,
  protocol: 'TCP' | 'UDP',
): number | undefined {
  return carrier instanceof ProxierCarrier ? carrier.attempts(protocol, localPort) : undefined
}

function answer({ outcome, pod, seenClient, durationMs }: Reply, attempts: number): Answer {
  return { outcome, pod, seenClient, durationMs, attempts: Math.max(1, attempts) }
}
