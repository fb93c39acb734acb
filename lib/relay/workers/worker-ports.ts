/**
 * WorkerPorts: whether a port is free, before worker threads listen at it.
 *
 * Threads share a port by SO_REUSEPORT, and so would any process of the same user that asks for that: a port that is
 * taken would look free. So it is first bound for a moment without. Within this process, who wants the same port waits
 * for its turn, and then meets the listeners of the one before.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { addressFamily } from '../../address.ts'
import type { Protocol } from '../../model/service-port-name.ts'

/** How often another port is tried where any will do and somebody was faster. */
const tries = 8

export interface WorkerPlace {
  readonly protocol: Protocol
  readonly address: string
  /** 0: any. */
  readonly port: number
}

export class WorkerPorts {
  readonly #turns = new Map<number, Promise<unknown>>()

  /** Runs `open` when the port is known to be free and nobody else here is after it. Rejects as binding would. */
  bind<Bound>(place: WorkerPlace, open: (port: number) => Promise<Bound>): Promise<Bound> {
    return place.port === 0 ? this.#bindAny(place, open, tries) : this.#inTurn(place, open)
  }

  async #bindAny<Bound>(
    place: WorkerPlace,
    open: (port: number) => Promise<Bound>,
    left: number,
  ): Promise<Bound> {
    const port = await freePort(place.protocol, place.address, 0)
    try {
      return await this.#inTurn({ ...place, port }, open)
    } catch (error) {
      if (left === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
    return this.#bindAny(place, open, left - 1)
  }

  async #inTurn<Bound>(
    { protocol, address, port }: WorkerPlace,
    open: (port: number) => Promise<Bound>,
  ): Promise<Bound> {
    const before = this.#turns.get(port)
    const turn = (async () => {
      await before?.catch(() => {})
      await freePort(protocol, address, port)
      return open(port)
    })()
    this.#turns.set(port, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(port) === turn) this.#turns.delete(port)
    }
  }
}

/** Binds a port for a moment, and returns its number; 0 is any. Rejects with the error of the system call. */
export async function freePort(protocol: Protocol, address: string, port: number): Promise<number> {
  if (protocol === 'TCP') {
    const server = createServer()
    server.listen({ host: address, port, ipv6Only: true, exclusive: true })
    await once(server, 'listening')
    const bound = (server.address() as AddressInfo).port
    server.close()
    return bound
  }
  const isIPv6 = addressFamily(address) === 'IPv6'
  const socket = createSocket({
    type: isIPv6 ? 'udp6' : 'udp4',
    ipv6Only: isIPv6,
    lookup: (host, _options, callback) => callback(null, host, isIPv6 ? 6 : 4),
  })
  try {
    const listening = once(socket, 'listening') // which may come within `bind`
    socket.bind({ address, port, exclusive: true })
    await listening
    return socket.address().port
  } finally {
    socket.close() // dgram leaves a socket that could not be bound open
  }
}
