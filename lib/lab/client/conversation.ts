/**
 * Conversation: one connection of the lab's client to a pod, or what looks like one to UDP. Types, and the sentence that
 * pods say.
 */
import { ProxyError } from '../../index.ts'
import type { Answer, Outcome, PodName } from '../lab.ts'
import { podNames } from '../lab.ts'

export interface Target {
  readonly address: string
  readonly port: number
}

export interface ConversationOptions {
  readonly target: Target
  /** Of the client. Default: the system's choice. */
  readonly localAddress?: string | undefined
}

/** What an `Answer` can say of itself; how many endpoints were tried is the proxy's to know. */
export interface Reply extends Omit<Answer, 'attempts'> {
  readonly durationMs: number
  /** Of the client, by which a proxy knows it; 0 where none was had. */
  readonly localPort: number
}

export interface Conversation {
  /**
   * Asks once; what goes wrong on the way is the outcome. One question at a time.
   *
   * @throws {ProxyError} ERR_LAB where this machine could not even send it
   */
  ask(timeoutMs: number): Promise<Reply>
  /** Idempotent. */
  release(): void
}

/** Reads `pod-2 sees 10.244.10.2`. */
export function readSentence(text: string): Pick<Reply, 'pod' | 'seenClient'> {
  const [, said, seenClient = ''] = /^(\S+) sees (\S+)/.exec(text) ?? []
  return { pod: podNames.find((name): name is PodName => name === said) ?? '', seenClient }
}

/** How a conversation has ended: what came of it, or a fault of this machine, which is no outcome. */
export type End = Outcome | ProxyError

/** What an error of a socket is to who has only just asked for a connection. */
export function endOf(error: NodeJS.ErrnoException): End {
  const outcome = outcomes.get(error.code)
  if (outcome !== undefined) return outcome
  return new ProxyError('ERR_LAB', `the client could not ask: ${error.message}`, { cause: error })
}

const outcomes: ReadonlyMap<string | undefined, Outcome> = new Map([
  ['ECONNREFUSED', 'refused'],
  // A proxy that has nowhere to go accepts before it knows.
  ['ECONNRESET', 'refused'],
  ['ETIMEDOUT', 'timeout'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EPIPE', 'closed'],
])
