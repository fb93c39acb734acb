/**
 * SharedPorts: which listening sockets belong to a parent process, so that the process that comes next gets the same ones
 * and nothing of their accept queues is lost.
 *
 * Made for workers of `node:cluster`, whose `listen({ exclusive: false })` asks the parent for the socket. That way may not
 * be taken for a port that is taken by others: the second attempt ends the process (Node 26, nodejs/node#64869), or gives
 * the socket a number that no other worker can ask for (before nodejs/node#60141). So a port is first bound for a moment
 * without the parent, unless it is known to hold it. It knows no sockets itself.
 */
import type { ListenAddress } from './model/listen-address.ts'
import type { Protocol } from './model/service-port-name.ts'

export interface SharedPlace {
  readonly protocol: Protocol
  readonly address: string
  /** Never 0: the parent would give the same socket to whoever asks for any port. */
  readonly port: number
}

/** What the process that comes next has to know. Plain data. */
export interface SharedPortsState {
  /** Protocols, addresses and ports that the parent holds. */
  readonly held: readonly string[]
  /** Port by listener, since not every port follows from the configuration. */
  readonly ports: Readonly<Record<string, number>>
}

/** Where a proxy socket may be if nobody has said so: any port would be 0. Below what outgoing connections take. */
export const sharedPortRange = '10000-29999'

export class SharedPorts {
  /** What the parent holds for the process before this one. */
  readonly #held: Set<string>
  readonly #formerPorts: ReadonlyMap<string, number>
  readonly #bound = new Set<string>()
  /** What could not be had from the parent, and cannot be asked for again. */
  readonly #own = new Set<string>()
  readonly #ports = new Map<string, number>()

  /** @param former of the process before this one, where there is one */
  constructor(former?: SharedPortsState) {
    this.#held = new Set(former?.held)
    this.#formerPorts = new Map(Object.entries(former?.ports ?? {}))
  }

  state(): SharedPortsState {
    return { held: [...this.#bound], ports: Object.fromEntries(this.#ports) }
  }

  /** Where a listener should listen: first at the port that it had in the process before, if it may have that now. */
  wanted(listener: string, wanted: ListenAddress): ListenAddress {
    const port = this.#formerPorts.get(listener)
    const { ports } = wanted
    if (port === undefined || !(ports.includes(port) || ports.includes(0))) return wanted
    return { ...wanted, ports: [port, ...ports.filter((other) => other !== port)] }
  }

  /** Notes the port of a listener; 0: it has none. */
  note(listener: string, port: number): void {
    if (port === 0) this.#ports.delete(listener)
    else this.#ports.set(listener, port)
  }

  /**
   * Binds by way of the parent. Rejects with what `bind` rejects with.
   *
   * @param bind binds what `close` of its result gives free; `isExclusive`: without the parent
   * @returns the result of `bind`; whoever closes it calls `release` too
   */
  async bind<Socket extends { close(): unknown }>(
    place: SharedPlace,
    bind: (isExclusive: boolean) => Promise<Socket>,
  ): Promise<Socket> {
    const key = placeKey(place)
    if (this.#own.has(key)) return bind(true)
    if (!this.#held.delete(key)) await (await bind(true)).close()
    try {
      const socket = await bind(false)
      this.#bound.add(key)
      return socket
    } catch (error) {
      this.#own.add(key)
      throw error
    }
  }

  /** It is closed. */
  release(place: SharedPlace): void {
    this.#bound.delete(placeKey(place))
  }
}

function placeKey({ protocol, address, port }: SharedPlace): string {
  return `${protocol} ${address} ${port}`
}
