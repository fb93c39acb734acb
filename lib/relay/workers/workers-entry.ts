/**
 * WorkersEntry: one proxy socket that worker threads have: who of them, and where it listens.
 *
 * The main thread decides on ports, with the same listeners as a data plane in one thread; binding one of them means
 * that threads are told to listen there.
 */
import { formatHostPort } from '../../address.ts'
import type { ListenAddress } from '../../model/listen-address.ts'
import { plainEqual } from '../../model/plain-equal.ts'
import type { ListenerStatus, ProxySocketSpec } from '../data-plane.ts'
import type { BoundSocket, SharedBind } from '../listener.ts'
import { errorOf } from '../listener.ts'
import type { ListenerContext } from '../listener-set.ts'
import { ListenerSet } from '../listener-set.ts'
import { entryOwner } from './entry-owner.ts'
import type { WorkerLink } from './worker-link.ts'
import type { ForeignListener } from './worker-message.ts'
import type { WorkerPorts } from './worker-ports.ts'

/** What all entries share. */
export interface EntryContext {
  readonly listeners: ListenerContext
  readonly links: readonly WorkerLink[]
  readonly ports: WorkerPorts
  /** Threads were told to close a listener, and have when this resolves. */
  readonly closing: (told: Promise<unknown>) => void
  /** Resolves when all listeners are closed that threads were told to close. */
  readonly closed: () => Promise<unknown>
}

export class WorkersEntry {
  readonly #context: EntryContext
  readonly #listeners: ListenerSet
  /** By `address:port`, where threads listen, and who is to be told when they no longer do. */
  readonly #places = new Map<
    string,
    { listen: ListenAddress; onLost: ((error: Error) => void) | undefined }
  >()
  #spec: ProxySocketSpec
  #owner: number | undefined
  /** The threads that have ever had it. */
  readonly #holders = new Set<WorkerLink>()
  #isOver = false

  constructor(context: EntryContext, spec: ProxySocketSpec) {
    this.#context = context
    this.#spec = spec
    const { key, protocol } = spec
    this.#owner = entryOwner(spec, context.links.length)
    this.#listeners = new ListenerSet({
      context: context.listeners,
      key,
      protocol,
      bind: this.#bind,
    })
  }

  /** The one thread that has it; `undefined` where all do. */
  get owner(): WorkerLink | undefined {
    return this.#owner === undefined ? undefined : this.#context.links[this.#owner]
  }

  get statuses(): readonly ListenerStatus[] {
    return this.#listeners.statuses
  }

  /** Takes a new spec; returns whether it differs, so that threads are to be told. */
  set(spec: ProxySocketSpec): boolean {
    if (plainEqual(this.#spec, spec)) return false
    this.#spec = spec
    this.#owner = entryOwner(spec, this.#context.links.length)
    return true
  }

  /** Closes the listeners that are no longer wanted: another entry may want their ports. */
  closeUnwanted(): void {
    this.#listeners.keepOnly(this.#spec.listen)
  }

  /** Resolves when each new listener was tried once. */
  listen(): Promise<void> {
    return this.#listeners.update(this.#spec.listen)
  }

  stopListening(but?: 'proxy-port'): void {
    this.#listeners.close(but)
  }

  /** Forgets the listeners: threads are told by others that they have it no more. */
  end(): void {
    this.#isOver = true
    this.#listeners.close()
  }

  /** The listeners that are bound, in a form that tells other threads of them. */
  bound(): ForeignListener[] {
    const { protocol } = this.#spec
    return this.statuses
      .filter(({ port }) => port > 0)
      .map(({ address, port }) => ({ protocol, address, port, isBound: true }))
  }

  /**
   * What a thread has to do for it; `undefined`: nothing, it has never had it. One that had it goes on with its
   * connections and counts, without listening.
   */
  specFor(link: WorkerLink): ProxySocketSpec | undefined {
    if (this.#serves(link)) {
      this.#holders.add(link)
      return { ...this.#spec, listen: [...this.#places.values()].map(({ listen }) => listen) }
    }
    return this.#holders.has(link) ? { ...this.#spec, listen: [] } : undefined
  }

  /** A thread could not listen, or no longer, where it should. */
  failed(link: WorkerLink, error: Error): void {
    // Where others listen too, the thread tries again by itself.
    if (this.owner !== link) return
    for (const { onLost } of this.#places.values()) onLost?.(error)
  }

  #serves(link: WorkerLink): boolean {
    const { owner } = this
    return owner === undefined || owner === link
  }

  readonly #bind: SharedBind = async (address, port, onLost) => {
    const { closed, ports } = this.#context
    const { protocol } = this.#spec
    await closed()
    return ports.bind({ protocol, address, port }, (port) => this.#open(address, port, onLost))
  }

  async #open(address: string, port: number, onLost: (error: Error) => void): Promise<BoundSocket> {
    const [first, ...others] = this.#context.links.filter((link) => link.isUp && this.#serves(link))
    const key = formatHostPort(address, port)
    const listen: ListenAddress = { role: 'proxy-port', address, ports: [port] }
    const close = (): void => {
      this.#places.delete(key)
      if (!this.#isOver) this.#context.closing(this.#tell(this.#context.links))
    }
    this.#places.set(key, { listen, onLost: undefined })
    const spec = first && this.specFor(first)
    const status = spec && (await first.call('listen', spec, { address, port }))
    if (status?.port !== port) {
      close()
      throw errorOf(status?.error ?? lost)
    }
    this.#places.set(key, { listen, onLost })
    await this.#tell(others)
    return { port, close }
  }

  async #tell(links: readonly WorkerLink[]): Promise<void> {
    await Promise.all(
      links.map((link) => {
        const spec = this.specFor(link)
        return link.call('apply', { set: spec ? [spec] : [], removed: [] })
      }),
    )
  }
}

const lost = 'its worker thread was lost, and is replaced'
