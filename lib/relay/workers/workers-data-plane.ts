/**
 * WorkersDataPlane: the data plane in several worker threads, each with an InProcessDataPlane of its own.
 *
 * All of them listen at the ports of a TCP ServicePort (SO_REUSEPORT), and the kernel spreads connections over them. What
 * needs one memory, which is ClientIP affinity and UDP, has one thread. A thread that is lost is replaced; its connections
 * are lost with it, and all else is as it was.
 */
import { Worker } from 'node:worker_threads'
import { extname } from 'node:path'
import type { RelayOptions } from '../../options.ts'
import { parsePortRange } from '../../options.ts'
import type {
  ClientView,
  ConnectionInfo,
  DataPlane,
  DataPlaneChanges,
  DataPlaneEvents,
  DataPlaneTotals,
  EndpointCounts,
  LateReply,
  Legacy,
  ProxySocketSpec,
  ProxySocketStatus,
  SocketPins,
} from '../data-plane.ts'
import { noCounts, sumOfCounts } from '../counts.ts'
import { availableDescriptors, DescriptorBudget } from '../descriptor-budget.ts'
import { PortAllocator } from '../port-allocator.ts'
import { mergedView } from './merged-view.ts'
import { summedEndpointCounts, summedStatuses } from './summed.ts'
import { ToldListeners } from './told-listeners.ts'
import type { LinkNews, LostThread } from './worker-link.ts'
import { WorkerLink } from './worker-link.ts'
import type { SharedCells, WorkerInit } from './worker-message.ts'
import { WorkerPorts } from './worker-ports.ts'
import type { EntryContext } from './workers-entry.ts'
import { WorkersEntry } from './workers-entry.ts'

export interface WorkersDataPlaneOptions {
  readonly options: RelayOptions
  readonly events: DataPlaneEvents
  /** Clients wait until `takeOver`. Default false. */
  readonly isSuccessor?: boolean | undefined
  /** In [0, 1); default `Math.random`. */
  readonly random?: (() => number) | undefined
  /** Starts a thread. Default: one that runs `worker.ts`. */
  readonly createThread?: ((init: WorkerInit) => Worker) | undefined
}

/** What a thread holds for itself: its event loop has six with Node 26. */
const descriptorsPerThread = 16

export class WorkersDataPlane implements DataPlane {
  readonly #options: WorkersDataPlaneOptions
  readonly #entries = new Map<string, WorkersEntry>()
  readonly #links: WorkerLink[] = []
  readonly #context: EntryContext
  readonly #cells: SharedCells
  readonly #budget: DescriptorBudget
  /** Whether clients come in, or wait for what the process before knows. */
  #isOpen: boolean
  #onLateReply: ((reply: LateReply) => void) | undefined
  #closed: Promise<void> | undefined

  constructor(given: WorkersDataPlaneOptions) {
    const { options, events, random = Math.random, isSuccessor = false } = given
    const { workers, maxDescriptors, proxyPortRange } = options
    this.#options = given
    this.#isOpen = !isSuccessor
    this.#cells = {
      budget: new SharedArrayBuffer(workers * 8),
      lastId: new SharedArrayBuffer(8),
      watches: new SharedArrayBuffer(4),
    }
    const cells = new Int32Array(this.#cells.budget)
    const available = availableDescriptors() - workers * descriptorsPerThread
    this.#budget = new DescriptorBudget(maxDescriptors || Math.max(2 * workers, available), {
      cells,
      index: 0,
    })
    const closings = new Set<Promise<unknown>>()
    this.#context = {
      links: this.#links,
      ports: new WorkerPorts(),
      closing: (told) => {
        closings.add(told)
        void told.then(() => closings.delete(told))
      },
      closed: () => Promise.all(closings),
      listeners: {
        events,
        random,
        sharedPorts: undefined,
        // Threads take theirs themselves.
        budget: new DescriptorBudget(Infinity),
        ports: new PortAllocator({ range: parsePortRange(proxyPortRange), random }),
        ownListeners: new ToldListeners((listener) => {
          for (const link of this.#links) void link.call('noteListeners', [listener])
        }),
      },
    }
  }

  get lostWorkers(): number {
    return this.#closed ? 0 : this.#links.filter(({ isUp }) => !isUp).length
  }

  async apply({ set, removed, leaving = [] }: DataPlaneChanges): Promise<void> {
    if (this.#closed) return
    this.#start()
    this.watchesChanged()
    if (removed.length > 0) this.#remove(removed)
    for (const key of leaving) this.#entries.get(key)?.stopListening('proxy-port')
    // Every spec comes again from time to time, mostly as it was.
    const news = set.flatMap((spec) => this.#set(spec) ?? [])
    const entries = set.map(({ key }) => this.#entries.get(key) as WorkersEntry)
    // Before any of them listens, for one may want the port that another one gives up.
    for (const entry of entries) entry.closeUnwanted()
    const told = this.#links.map((link) => {
      const specs = news.flatMap((entry) => entry.specFor(link) ?? [])
      return specs.length > 0 && link.call('apply', { set: specs, removed: [] })
    })
    await Promise.all([...told, ...entries.map((entry) => entry.listen())])
    await this.#context.closed()
  }

  async stats(): Promise<readonly ProxySocketStatus[]> {
    const listeners = new Map([...this.#entries].map(([key, { statuses }]) => [key, statuses]))
    const all = await this.#ask<readonly Pick<ProxySocketStatus, 'key' | 'counts'>[]>(
      (link) => link.call('stats'),
      ({ counts }) => counts.map(({ servicePortKey, counts }) => ({ key: servicePortKey, counts })),
    )
    return summedStatuses(listeners, all.flat())
  }

  async totals(): Promise<DataPlaneTotals> {
    const all = await this.#ask(
      async (link) => (await link.call('totals'))?.counts,
      ({ counts }) => counts.map(({ counts }) => counts).reduce(sumOfCounts, noCounts),
    )
    return {
      counts: all.reduce(sumOfCounts, noCounts),
      descriptors: { used: this.#budget.taken, limit: this.#budget.limit },
    }
  }

  async endpointCounts(): Promise<readonly EndpointCounts[]> {
    const all = await this.#ask(
      (link) => link.call('endpointCounts'),
      ({ counts }) =>
        counts.flatMap(({ servicePortKey: key, failedDials: failed }) =>
          failed.map(([endpoint, failedDials]) => ({ key, endpoint, open: 0, failedDials })),
        ),
    )
    return summedEndpointCounts(all.flat())
  }

  async connections(): Promise<readonly ConnectionInfo[]> {
    const all = await this.#ask(
      (link) => link.call('connections'),
      () => [],
    )
    return all.flat()
  }

  async explain(key: string, clientAddress: string): Promise<ClientView | undefined> {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    const links = entry.owner ? [entry.owner] : this.#links
    const all = await Promise.all(links.map((link) => link.call('explain', key, clientAddress)))
    const [first, ...others] = all.filter((view) => view !== undefined)
    return first && mergedView([first, ...others])
  }

  async handOver(onLateReply: (reply: LateReply) => void): Promise<readonly SocketPins[]> {
    this.#onLateReply = onLateReply
    const all = await this.#ask(
      (link) => link.call('leave'),
      ({ pins }) => pins,
    )
    for (const entry of this.#entries.values()) entry.end()
    return all.flat()
  }

  async takeOver(pins: readonly SocketPins[]): Promise<void> {
    this.#isOpen = true
    await Promise.all(this.#links.map((link) => link.call('takeOver', pins)))
  }

  replyLate(reply: LateReply): void {
    void this.#entries.get(reply.key)?.owner?.call('replyLate', reply)
  }

  watchesChanged(): void {
    const watches = this.#options.events.watchesConnections() ? 1 : 0
    Atomics.store(new Int32Array(this.#cells.watches), 0, watches)
  }

  close({ graceMs }: { graceMs: number }): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    return this.#closed
  }

  async #close(graceMs: number): Promise<void> {
    for (const entry of this.#entries.values()) entry.end()
    await Promise.all(this.#links.map((link) => link.call('close', { graceMs })))
    await Promise.all(this.#links.map((link) => link.end()))
  }

  /** Threads begin with the first thing there is to do. */
  #start(): void {
    const { options, random = Math.random } = this.#options
    const createThread = this.#options.createThread ?? startThread
    for (let index = this.#links.length; index < options.workers; index++) {
      const init = {
        index,
        options,
        descriptorLimit: this.#budget.limit,
        cells: this.#cells,
      }
      this.#links.push(
        new WorkerLink({
          // What a thread has to know comes before clients, also to a replacement.
          createThread: () => createThread({ ...init, isSuccessor: true }),
          onBegin: (link) => this.#brief(link),
          onNews: (news, link) => this.#hear(news, link),
          onLost: (lost) => this.#lost(index, lost),
          random,
        }),
      )
    }
  }

  /** All that a new thread has to know. */
  #brief(link: WorkerLink): void {
    const entries = [...this.#entries.values()]
    const set = entries.flatMap((entry) => entry.specFor(link) ?? [])
    void link.call(
      'noteListeners',
      entries.flatMap((entry) => entry.bound()),
    )
    void link.call('apply', { set, removed: [] })
    void link.call('inherit', link.legacy)
    if (this.#isOpen) void link.call('takeOver', [])
  }

  #hear(news: LinkNews, link: WorkerLink): void {
    const { events } = this.#options
    if (news.type === 'connection') events.connection(news.info)
    else if (news.type === 'close') events.close(news.info)
    else if (news.type === 'late-reply') this.#onLateReply?.(news.reply)
    else if (news.status.error !== undefined) {
      this.#entries.get(news.key)?.failed(link, new Error(news.status.error))
    }
  }

  #lost(index: number, { error, open, connections }: LostThread): void {
    const cells = new Int32Array(this.#cells.budget)
    Atomics.store(cells, 2 * index, 0)
    Atomics.store(cells, 2 * index + 1, 0)
    const { events } = this.#options
    const end = { state: 'closed', reason: 'worker-lost', endedMs: Date.now() } as const
    for (const info of connections) events.close({ ...info, ...end })
    events.workerLost?.(index, open, error)
  }

  /** Returns the entry where anything about it is new. */
  #set(spec: ProxySocketSpec): WorkersEntry | undefined {
    const known = this.#entries.get(spec.key)
    if (known !== undefined) return known.set(spec) ? known : undefined
    const entry = new WorkersEntry(this.#context, spec)
    this.#entries.set(spec.key, entry)
    return entry
  }

  #remove(keys: readonly string[]): void {
    for (const key of keys) {
      this.#entries.get(key)?.end()
      this.#entries.delete(key)
    }
    const removed = this.#links.map((link) => link.call('apply', { set: [], removed: keys }))
    this.#context.closing(Promise.all(removed))
  }

  /** Asks all threads in this turn; of one that is gone, what it has left. */
  #ask<Answer>(
    ask: (link: WorkerLink) => Promise<Answer | undefined>,
    ofLegacy: (legacy: Legacy) => Answer,
  ): Promise<Answer[]> {
    return Promise.all(this.#links.map(async (link) => (await ask(link)) ?? ofLegacy(link.legacy)))
  }
}

/** As source or built, the entry has the same suffix as this file. */
function startThread(init: WorkerInit): Worker {
  const url = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
  return new Worker(url, { workerData: init, name: `relay ${init.index}` })
}
