/**
 * Rpc: calls of methods over the IPC channel of a child process. Arguments and results are structured-cloneable data.
 *
 * It knows nothing of the lab: the same few lines carry the calls of the outer process into the lab's namespaces, and
 * those of the lab to the programs on its hosts.
 */
import type { ErrorCode, ProxyError } from '../../index.ts'
import { labError } from './lab-error.ts'

/** What a `ChildProcess` and `process` have in common. */
export interface Channel {
  readonly connected?: boolean
  send?(message: unknown, callback?: (error: Error | null) => void): boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
}

interface Call {
  readonly type: 'call'
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

interface Result {
  readonly type: 'result'
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

/** One end of a channel: it calls. */
export class Caller {
  readonly #channel: Channel
  readonly #what: string
  /** Resolved with `undefined` where no result will come any more. */
  readonly #waiting = new Map<number, PromiseWithResolvers<Result | undefined>>()
  #lastId = 0
  #isOpen = true

  /** @param what who is called, for messages: `the client's program` */
  constructor(channel: Channel, what: string) {
    this.#channel = channel
    this.#what = what
    channel.on('message', (message) => {
      const result = message as Result
      if (result.type === 'result') this.#settle(result)
    })
    channel.on('disconnect', () => this.#ended())
  }

  /** @throws {ProxyError} that of the method; ERR_LAB where the other end is gone */
  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    if (!this.#isOpen) throw await this.#gone()
    const waiting = Promise.withResolvers<Result | undefined>()
    const id = ++this.#lastId
    this.#waiting.set(id, waiting)
    const call: Call = { type: 'call', id, method, args }
    this.#channel.send?.(call, (error) => {
      if (error !== null) this.#ended()
    })
    const result = await waiting.promise
    if (result === undefined) throw await this.#gone()
    const { value, error } = result
    if (error !== undefined) throw await labError(error.message, { code: error.code })
    return value
  }

  #settle(result: Result): void {
    this.#waiting.get(result.id)?.resolve(result)
    this.#waiting.delete(result.id)
  }

  #ended(): void {
    this.#isOpen = false
    for (const { resolve } of this.#waiting.values()) resolve(undefined)
    this.#waiting.clear()
  }

  #gone(): Promise<ProxyError> {
    return labError(`${this.#what} has ended`)
  }
}

/** What answers a call: returns, or resolves with, the result. */
export type Answerer = (method: string, args: readonly unknown[]) => unknown

/** The other end: it answers calls. */
export function answerCalls(channel: Channel, answerer: Answerer): void {
  channel.on('message', (message) => {
    const call = message as Call
    if (call.type === 'call') void answer(channel, answerer, call)
  })
}

/** Calls the methods of an object. */
export function methodsOf(target: object): Answerer {
  const methods = target as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>
  return (method, args) => methods[method]?.(...args)
}

async function answer(channel: Channel, answerer: Answerer, call: Call): Promise<void> {
  const { id, method, args } = call
  let result: Result
  try {
    result = { type: 'result', id, value: await answerer(method, args) }
  } catch (error) {
    result = { type: 'result', id, error: failureOf(error) }
  }
  // Who has asked may be gone.
  if (channel.connected === true) channel.send?.(result, () => {})
}

/** A ProxyError has a code of ours; Node's errors have theirs, which say nothing here. */
function failureOf(error: unknown): { code: ErrorCode; message: string } {
  const { name, code, message } = error as ProxyError
  if (name === 'ProxyError') return { code, message }
  return { code: 'ERR_LAB', message: error instanceof Error ? message : String(error) }
}
