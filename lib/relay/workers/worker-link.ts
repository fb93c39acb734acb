/**
 * WorkerLink: one place among the worker threads, as the main thread sees it: asks the thread that is there, and puts
 * another one there when it is lost.
 */
import type { Worker } from 'node:worker_threads'
import { backoffMs } from '../../backoff.ts'
import type { ConnectionInfo, Legacy } from '../data-plane.ts'
import { afterLoss } from './after-loss.ts'
import type { WorkerCall, WorkerNews } from './worker-message.ts'
import type { WorkerPlane } from './worker-plane.ts'

/** The first replacement comes almost at once; who fails again and again must not eat the machine. */
const pauses = { firstMs: 50, mostMs: 30_000 } as const

/** A thread that has lived for so long, in ms, was no failure from the beginning. */
const settledMs = 60_000

/** What can be asked of a worker. */
type Methods = Pick<
  WorkerPlane,
  | 'apply'
  | 'close'
  | 'connections'
  | 'endpointCounts'
  | 'explain'
  | 'inherit'
  | 'leave'
  | 'legacy'
  | 'listen'
  | 'noteListeners'
  | 'replyLate'
  | 'stats'
  | 'takeOver'
  | 'totals'
>

/** News but for answers, which are the link's own matter. */
export type LinkNews = Exclude<WorkerNews, { type: 'answer' | 'legacy' }>

export interface WorkerLinkOptions {
  readonly createThread: () => Worker
  /** A new thread is there and knows nothing yet: what is called now it hears first. */
  readonly onBegin: (link: WorkerLink) => void
  readonly onNews: (news: LinkNews, link: WorkerLink) => void
  /** With the connections that it had and that were told of. */
  readonly onLost: (lost: LostThread, link: WorkerLink) => void
  /** In [0, 1). */
  readonly random: () => number
  /** Monotonic clock in ms; default `performance.now`. */
  readonly now?: () => number
}

export interface LostThread {
  readonly error: Error
  readonly open: number
  /** Those that `connection` was told of, as old as they were in the end. */
  readonly connections: readonly ConnectionInfo[]
}

export class WorkerLink {
  readonly #options: WorkerLinkOptions
  readonly #now: () => number
  #thread: Worker | undefined
  #legacy: Legacy = { counts: [], pins: [] }
  #calls: WorkerCall[] = []
  #lastCall = 0
  readonly #asked = new Map<number, (value: unknown) => void>()
  readonly #connections = new Map<
    number,
    { readonly info: ConnectionInfo; readonly heardMs: number }
  >()
  #failures = 0
  #bornMs = 0
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(options: WorkerLinkOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#begin()
  }

  get isUp(): boolean {
    return this.#thread !== undefined
  }

  /** What the thread last said of itself; its connections are over where it is gone. */
  get legacy(): Legacy {
    return this.#legacy
  }

  /** Asks the thread. `undefined` where there is none, or it is lost before it answers. */
  call<Name extends keyof Methods>(
    method: Name,
    ...args: Parameters<Methods[Name]>
  ): Promise<Awaited<ReturnType<Methods[Name]>> | undefined> {
    if (this.#thread === undefined) return Promise.resolve(undefined)
    const id = ++this.#lastCall
    // All that is called in one turn goes together, so that its answers are of one moment.
    if (this.#calls.push({ id, method, args }) === 1) queueMicrotask(() => this.#flush())
    return new Promise((resolve) => {
      this.#asked.set(id, resolve as (value: unknown) => void)
    })
  }

  /** Ends the thread, for good. What it has counted is kept. */
  async end(): Promise<void> {
    const legacy = await this.call('legacy')
    this.#isOver = true
    clearTimeout(this.#timer)
    const thread = this.#thread
    this.#gone(legacy ?? this.#legacy)
    await thread?.terminate()
  }

  #begin(): void {
    const thread = this.#options.createThread()
    let error = new Error('the thread has ended')
    thread.on('message', (news: readonly WorkerNews[]) => {
      for (const one of news) this.#hear(one)
    })
    thread.on('error', (fault) => (error = fault as Error))
    thread.on('exit', () => this.#lost(error))
    this.#thread = thread
    this.#bornMs = this.#now()
    this.#options.onBegin(this)
  }

  #flush(): void {
    this.#thread?.postMessage(this.#calls)
    this.#calls = []
  }

  #hear(news: WorkerNews): void {
    if (news.type === 'answer') {
      this.#asked.get(news.id)?.(news.value)
      this.#asked.delete(news.id)
      return
    }
    if (news.type === 'legacy') {
      this.#legacy = { ...this.#legacy, ...news.legacy }
      return
    }
    if (news.type === 'connection') {
      const { info } = news
      this.#connections.set(info.id, { info, heardMs: this.#now() })
    } else if (news.type === 'close') this.#connections.delete(news.info.id)
    this.#options.onNews(news, this)
  }

  #lost(error: Error): void {
    if (this.#isOver) return
    const { onLost, random } = this.#options
    const nowMs = this.#now()
    const connections = [...this.#connections.values()].map(({ info, heardMs }) => ({
      ...info,
      ageMs: Math.round(info.ageMs + nowMs - heardMs),
    }))
    const open = this.#legacy.counts.reduce((sum, { counts }) => sum + counts.open, 0)
    this.#gone(this.#legacy)
    if (nowMs - this.#bornMs > settledMs) this.#failures = 0
    this.#timer = setTimeout(
      () => this.#begin(),
      backoffMs(++this.#failures, { ...pauses, random }),
    )
    onLost({ error, open, connections }, this)
  }

  #gone(legacy: Legacy): void {
    this.#thread = undefined
    this.#legacy = afterLoss(legacy)
    this.#connections.clear()
    this.#calls = []
    const asked = [...this.#asked.values()]
    this.#asked.clear()
    for (const answer of asked) answer(undefined)
  }
}
