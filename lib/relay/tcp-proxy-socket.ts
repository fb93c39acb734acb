/** TcpProxySocket: the listeners of one entry of a TCP ServicePort, joined with its relay. Accepting never waits for anything. */
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { ListenRole } from '../model/listen-address.ts'
import { ClientBalancers } from './client-balancers.ts'
import type { ConnectionInfo, ProxySocketSpec, ProxySocketStatus } from './data-plane.ts'
import type { Leg } from './leg.ts'
import type { Bind } from './listener.ts'
import { ListenerSet } from './listener-set.ts'
import type { ProxySocket } from './proxy-socket.ts'
import type { RelayContext } from './relay-context.ts'
import { TcpRelay } from './tcp-relay.ts'

/** What Linux allows at most by default (net.core.somaxconn); Node's own 511 overflows in a burst. */
const backlog = 4096

export class TcpProxySocket implements ProxySocket {
  readonly #key: string
  readonly #relay: TcpRelay
  readonly #listeners: ListenerSet

  constructor(options: { context: RelayContext; spec: ProxySocketSpec }) {
    const { context, spec } = options
    this.#key = spec.key
    const balancers = new ClientBalancers(context, spec)
    this.#relay = new TcpRelay({ servicePort: spec.servicePort, context, balancers })
    this.#listeners = new ListenerSet({ context, key: spec.key, protocol: 'TCP', bind: this.#bind })
  }

  get open(): number {
    return this.#relay.connections.size
  }

  async update(spec: ProxySocketSpec): Promise<void> {
    this.#relay.balancers.update(spec)
    await this.#listeners.update(spec.listen)
  }

  stopListening(but?: ListenRole): void {
    this.#listeners.close(but)
  }

  abort(): void {
    for (const connection of this.#relay.connections) connection.abort()
  }

  status(): ProxySocketStatus {
    return {
      key: this.#key,
      listeners: this.#listeners.statuses,
      counts: this.#relay.counts.snapshot(),
    }
  }

  connections(): readonly ConnectionInfo[] {
    return [...this.#relay.connections].map((connection) => connection.info())
  }

  readonly #bind: Bind = (address, port, onLost) => {
    const relay = this.#relay
    const { keepAliveMs } = relay.context.options
    const server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      highWaterMark: 1,
      noDelay: true,
      keepAlive: keepAliveMs > 0,
      keepAliveInitialDelay: keepAliveMs,
    })
    server.on('connection', (client: Leg) => relay.accept(client))
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: address, port, backlog, ipv6Only: true, exclusive: true }, () => {
        server.off('error', reject)
        server.on('error', onLost)
        const { port } = server.address() as AddressInfo
        resolve({ port, close: () => server.close() })
      })
    })
  }
}
