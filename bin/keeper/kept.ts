/**
 * Kept: the keeper, as the daemon that it keeps sees it.
 */
import cluster from 'node:cluster'
import type { LateReply, SharedPortsState, SocketPins } from '../../lib/index.ts'
import type { KeeperMessage, KeeperMessageOf } from './keeper-message.ts'

export interface KeptOptions {
  /** What the next daemon has to know before it listens. */
  readonly describe: () => SharedPortsState
  /** The daemon before has got what this one is to send. */
  readonly replyLate: (reply: LateReply) => void
}

/** The keeper waits so long for the daemon before, and somewhat longer must be waited here. */
const takeOverLimitMs = 15_000

/** Listeners change in crowds. */
const noteMs = 200

export class Kept {
  /** Resolves when another daemon is to go on with what this one does. */
  readonly handOver: Promise<unknown>
  readonly #options: KeptOptions
  #timer: NodeJS.Timeout | undefined

  constructor(options: KeptOptions) {
    const { describe, replyLate } = options
    this.#options = options
    this.handOver = heard('hand-over')
    process.on('message', (message: KeeperMessage) => {
      if (message.type === 'describe') say({ type: 'ports', ports: describe() })
      else if (message.type === 'late-reply') replyLate(message.reply)
    })
    // Another one that is there to replace this one is the answer to it.
    process.on('SIGHUP', () => {})
    process.on('SIGUSR2', () => {})
  }

  /** Says that this process is there; resolves when it is to start, and how. */
  static begin(): Promise<KeeperMessageOf<'start'>> {
    const start = heard('start')
    say({ type: 'hello' })
    return start
  }

  /** Everything listens. Resolves when this daemon is the one that serves, with what the one before it knew. */
  async listening(): Promise<readonly SocketPins[]> {
    const takeOver = heard('take-over')
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), takeOverLimitMs).unref()
    })
    say({ type: 'listening', ports: this.#options.describe() })
    return (await Promise.race([takeOver, late]))?.pins ?? []
  }

  /** A listener has changed: should this process crash, the next one is to have the same ports. */
  listenerChanged(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      say({ type: 'ports', ports: this.#options.describe() })
    }, noteMs).unref()
  }

  lateReply(reply: LateReply): void {
    say({ type: 'late-reply', reply })
  }

  handedOver(pins: readonly SocketPins[]): void {
    say({ type: 'handed-over', pins })
  }
}

function say(message: KeeperMessage): void {
  // The keeper may be gone, and at the end this process has left it.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

function heard<Type extends KeeperMessage['type']>(type: Type): Promise<KeeperMessageOf<Type>> {
  return new Promise((resolve) => {
    const listen = (message: KeeperMessage): void => {
      if (message.type !== type) return
      process.off('message', listen)
      resolve(message as KeeperMessageOf<Type>)
    }
    process.on('message', listen)
  })
}

/** Lets this process end, when nothing else is open any more. */
export function leaveKeeper(): void {
  cluster.worker?.disconnect()
}
