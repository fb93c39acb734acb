/**
 * LabClient: what the client of the lab does: it asks, and keeps connections. Arguments and results are plain data, so
 * that it may live in another process or namespace.
 */
import { ProxyError } from '../index.ts'
import type { Conversation, Reply, Target } from './client/conversation.ts'
import { TcpConversation } from './client/tcp-conversation.ts'
import { UdpConversation } from './client/udp-conversation.ts'

export type { Reply, Target } from './client/conversation.ts'

export interface ClientRequest {
  readonly target: Target
  /** Default 1. */
  readonly count?: number | undefined
  /** How many at once. Default 1. */
  readonly concurrency?: number | undefined
  /** For each. Default 1000. */
  readonly timeoutMs?: number | undefined
  /** Default: the system's choice. */
  readonly localAddress?: string | undefined
  /** Default TCP. */
  readonly protocol?: 'TCP' | 'UDP' | undefined
}

export interface ClientHold {
  readonly target: Target
  readonly localAddress?: string | undefined
  readonly protocol?: 'TCP' | 'UDP' | undefined
}

const defaultTimeoutMs = 1000

export class LabClient {
  readonly #held = new Map<number, Conversation>()
  readonly #asking = new Set<Conversation>()
  #lastId = 0

  /** Each over a connection of its own, in the order in which they were sent. */
  async request(request: ClientRequest): Promise<Reply[]> {
    const { count = 1, concurrency = 1 } = request
    const replies: Reply[] = []
    let next = 0
    const work = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) replies[i] = await this.#requestOnce(request)
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, work))
    return replies
  }

  /** Opens a connection and keeps it. One that does not come to be says so when it is asked. */
  hold(hold: ClientHold): number {
    const id = ++this.#lastId
    this.#held.set(id, converse(hold))
    return id
  }

  /** @throws {ProxyError} ERR_LAB where there is no such connection */
  async ask(id: number, count = 1, timeoutMs = defaultTimeoutMs): Promise<Reply[]> {
    const conversation = this.#held.get(id)
    if (conversation === undefined) {
      throw new ProxyError(
        'ERR_LAB',
        `connection ${id} is not held; one that hold() has returned would be right`,
      )
    }
    const replies: Reply[] = []
    while (replies.length < count) replies.push(await conversation.ask(timeoutMs))
    return replies
  }

  /** One that is not held is no fault. */
  release(id: number): void {
    this.#held.get(id)?.release()
    this.#held.delete(id)
  }

  /** Ends what is open, and what is being asked. */
  close(): void {
    for (const conversation of [...this.#held.values(), ...this.#asking]) conversation.release()
    this.#held.clear()
  }

  async #requestOnce({ timeoutMs = defaultTimeoutMs, ...rest }: ClientRequest): Promise<Reply> {
    const begin = performance.now()
    const conversation = converse(rest)
    this.#asking.add(conversation)
    const reply = await conversation.ask(timeoutMs)
    this.#asking.delete(conversation)
    const durationMs = performance.now() - begin
    conversation.release()
    return { ...reply, durationMs }
  }
}

function converse({ target, localAddress, protocol = 'TCP' }: ClientHold): Conversation {
  const Kind = protocol === 'TCP' ? TcpConversation : UdpConversation
  return new Kind({ target, localAddress })
}
