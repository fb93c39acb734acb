/**
 * Charge: a daemon that the keeper has started, as the keeper sees it.
 */
import type { Worker } from 'node:cluster'
import { once } from 'node:events'
import type { KeeperMessage, KeeperMessageOf } from './keeper-message.ts'

export class Charge {
  /** Resolves with the exit code of the process; `null` where a signal has ended it. */
  readonly exited: Promise<number | null>
  readonly #worker: Worker

  constructor(worker: Worker) {
    this.#worker = worker
    this.exited = once(worker, 'exit').then(([code]) => code as number | null)
    // A process that could not be started, or not be told: `exited` says what came of it.
    worker.on('error', () => {})
    worker.setMaxListeners(0)
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0
  }

  say(message: KeeperMessage): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => {})
  }

  onMessage(hear: (message: KeeperMessage) => void): void {
    this.#worker.on('message', hear)
  }

  /** The next message of a type; `undefined` where the process ends before it, or does not say it within `limitMs`. */
  async heard<Type extends KeeperMessage['type']>(
    type: Type,
    limitMs: number,
  ): Promise<KeeperMessageOf<Type> | undefined> {
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(), limitMs)
    const heard = new Promise<KeeperMessageOf<Type> | undefined>((resolve) => {
      const listen = (message: KeeperMessage): void => {
        if (message.type === type) resolve(message as KeeperMessageOf<Type>)
      }
      this.#worker.on('message', listen)
      over.signal.addEventListener('abort', () => {
        this.#worker.off('message', listen)
        resolve(undefined)
      })
      void this.exited.then(() => over.abort())
    })
    const message = await heard
    clearTimeout(timer)
    over.abort()
    return message
  }

  kill(signal: NodeJS.Signals): void {
    this.#worker.process.kill(signal)
  }
}
