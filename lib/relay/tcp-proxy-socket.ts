/** TcpProxySocket: the listeners of one entry of a TCP ServicePort, joined with its relay. Accepting never waits for anything. */
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { addressClass, formatHostPort } from '../address.ts'
import { entryNameOf } from '../model/entry.ts'
import type { ListenAddress, ListenRole } from '../model/listen-address.ts'
import { ClientBalancers } from './client-balancers.ts'
import { connectionInfo } from './connection-facts.ts'
import type { Counts } from './counts.ts'
import type {
  ClientView,
  ConnectionInfo,
  EndpointCounts,
  ProxySocketSpec,
  ProxySocketStatus,
  SocketPins,
} from './data-plane.ts'
import { endpointCounts } from './endpoint-counts.ts'
import type { Leg } from './leg.ts'
import type { SharedBind } from './listener.ts'
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
    const entryName = entryNameOf(spec.key)
    this.#relay = new TcpRelay({ servicePort: spec.servicePort, entryName, context, balancers })
    this.#listeners = new ListenerSet({ context, key: spec.key, protocol: 'TCP', bind: this.#bind })
  }

  get counts(): Counts {
    return this.#relay.counts
  }

  get open(): number {
    return this.#relay.connections.size
  }

  async update(spec: ProxySocketSpec): Promise<void> {
    this.#relay.balancers.update(spec)
    await this.#listeners.update(spec.listen)
  }

  keepOnly(listen: readonly ListenAddress[]): void {
    this.#listeners.keepOnly(listen)
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
    return [...this.#relay.connections].map((connection) => connectionInfo(connection.facts()))
  }

  endpointCounts(): EndpointCounts[] {
    return endpointCounts(this.#key, this.counts, this.#relay.connections)
  }

  explain(clientAddress: string): ClientView {
    return this.#relay.balancers.explain(clientAddress)
  }

  handOver(): void {
    this.stopListening()
  }

  pins(): readonly SocketPins[] {
    return this.#relay.balancers.pins(this.#key)
  }

  restorePins(pins: SocketPins): void {
    this.#relay.balancers.restorePins(pins)
  }

  readonly #bind: SharedBind = (address, port, onLost, isExclusive) => {
    const relay = this.#relay
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, highWaterMark: 1 })
    const { gate } = relay.context
    let entry = ''
    server.on('connection', (client: Leg) => {
      if (gate.isOpen) relay.accept(client, entry)
      else gate.wait(() => relay.accept(client, entry))
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      const options = { host: address, port, backlog, ipv6Only: true, exclusive: isExclusive }
      server.listen({ ...options, reusePort: relay.context.reusesPorts }, () => {
        server.off('error', reject)
        server.on('error', onLost)
        const { port } = server.address() as AddressInfo
        if (addressClass(address) !== 'unspecified') entry = formatHostPort(address, port)
        resolve({ port, close: () => server.close() })
      })
    })
  }
}
