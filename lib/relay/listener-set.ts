/**
 * ListenerSet: the listeners of one proxy socket, changed by difference so that what stays is never touched.
 */
import type { ListenAddress, ListenRole } from '../model/listen-address.ts'
import type { Protocol } from '../model/service-port-name.ts'
import type { ListenerStatus } from './data-plane.ts'
import type { Bind, SharedBind } from './listener.ts'
import { Listener } from './listener.ts'
import type { RelayContext } from './relay-context.ts'

/** What the listeners of all proxy sockets share. */
export type ListenerContext = Pick<
  RelayContext,
  'budget' | 'events' | 'ownListeners' | 'ports' | 'random' | 'sharedPorts'
>

export class ListenerSet {
  readonly #context: ListenerContext
  readonly #bind: Bind
  readonly #key: string
  readonly #listeners = new Map<string, Listener>()

  constructor(options: {
    context: ListenerContext
    key: string
    protocol: Protocol
    bind: SharedBind
  }) {
    this.#context = options.context
    this.#key = options.key
    this.#bind = ownedBind(options.bind, options.protocol, options.context)
  }

  get statuses(): readonly ListenerStatus[] {
    return [...this.#listeners.values()].map((listener) => listener.status)
  }

  /** Closes what is no longer wanted, then opens what is new. Resolves when each new one was tried once. */
  async update(wanted: readonly ListenAddress[]): Promise<void> {
    // Closed first: a new listener may want the port that an old one gives up.
    this.keepOnly(wanted)
    const opened: Promise<void>[] = []
    for (const address of wanted) {
      const key = listenKey(address)
      if (!this.#listeners.has(key)) opened.push(this.#open(key, address))
    }
    await Promise.all(opened)
  }

  /** Closes what is no longer wanted. */
  keepOnly(wanted: readonly ListenAddress[]): void {
    const kept = new Set(wanted.map(listenKey))
    for (const [key, listener] of this.#listeners) {
      if (!kept.has(key)) this.#close(key, listener)
    }
  }

  /** Closes all, or all but those of one role. */
  close(but?: ListenRole): void {
    for (const [key, listener] of this.#listeners) {
      if (listener.status.role !== but) this.#close(key, listener)
    }
  }

  #close(key: string, listener: Listener): void {
    this.#context.sharedPorts?.note(this.#nameOf(listener.status), 0)
    listener.close()
    this.#listeners.delete(key)
  }

  #nameOf({ role, address }: Pick<ListenAddress, 'role' | 'address'>): string {
    return `${this.#key} ${role} ${address}`
  }

  #open(key: string, wanted: ListenAddress): Promise<void> {
    const { ports, random, events, sharedPorts } = this.#context
    const name = this.#nameOf(wanted)
    const listener = new Listener({
      wanted: sharedPorts?.wanted(name, wanted) ?? wanted,
      bind: this.#bind,
      ports,
      random,
      onChange: (status) => {
        sharedPorts?.note(name, status.port)
        events.listener(this.#key, status)
      },
    })
    this.#listeners.set(key, listener)
    return listener.open()
  }
}

/** A bind that takes a descriptor from the budget and makes the address known as one of ours. */
function ownedBind(
  bind: SharedBind,
  protocol: Protocol,
  { budget, ownListeners, sharedPorts }: ListenerContext,
): Bind {
  return async (address, port, onLost) => {
    const place = { protocol, address, port }
    if (!budget.take(1)) throw Object.assign(new Error('no descriptor left'), { code: 'EMFILE' })
    try {
      const socket = sharedPorts
        ? await sharedPorts.bind(place, (isExclusive) => bind(address, port, onLost, isExclusive))
        : await bind(address, port, onLost, true)
      ownListeners.add(protocol, address, socket.port)
      return {
        port: socket.port,
        close: () => {
          socket.close()
          sharedPorts?.release(place)
          ownListeners.delete(protocol, address, socket.port)
          budget.give(1)
        },
      }
    } catch (error) {
      budget.give(1)
      throw error
    }
  }
}

function listenKey({ role, address, ports }: ListenAddress): string {
  return `${role} ${address} ${ports.join(',')}`
}
