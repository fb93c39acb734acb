/**
 * TcpRelay: what the TCP connections of one proxy socket share: balancers, counts, time limits, and how a leg is opened.
 *
 * Its event handlers are functions of the module that find their connection through the socket, so that a connection
 * costs no closure.
 */
import { EventEmitter } from 'node:events'
import type { SocketConstructorOpts } from 'node:net'
import { Socket } from 'node:net'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { EntryName } from '../model/entry.ts'
import type { ClientBalancers } from './client-balancers.ts'
import { connectionInfo, neverOpened } from './connection-facts.ts'
import { Counts } from './counts.ts'
import type { Leg } from './leg.ts'
import { connectionOf, failsAtEnd, prepareLeg } from './leg.ts'
import { formatPlace } from './format-place.ts'
import { LinkedList } from './linked-list.ts'
import type { CloseReason, FailureReason } from './reasons.ts'
import type { RelayContext } from './relay-context.ts'
import type { ConnectionHost } from './connection-host.ts'
import { descriptorsPerConnection, TcpConnection } from './tcp-connection.ts'

export class TcpRelay implements ConnectionHost {
  readonly servicePort: string
  readonly entryName: EntryName
  readonly context: RelayContext
  readonly balancers: ClientBalancers
  readonly counts = new Counts()
  readonly connections = new LinkedList<TcpConnection>()

  constructor(options: {
    servicePort: string
    entryName?: EntryName
    context: RelayContext
    balancers: ClientBalancers
  }) {
    this.servicePort = options.servicePort
    this.entryName = options.entryName ?? 'internal'
    this.context = options.context
    this.balancers = options.balancers
  }

  /**
   * Takes over a client that was accepted, paused, and not read from. `entry` is the address that it has dialled, or `''`
   * where the socket has to be asked, which costs a system call.
   */
  accept(client: Leg, entry = ''): void {
    const clientAddress = client.remoteAddress // its first reading adds a property: before `prepareLeg`, see there
    prepareLeg(client)
    on(client, 'error', clientFailed) // in the tick the socket is made: an error without a handler ends the process
    this.counts.begin()
    if (clientAddress === undefined) return this.#turnAway(client, 'client-gone')
    const balancer = this.balancers.for(clientAddress)
    if (balancer === undefined) return this.#turnAway(client, 'source-range')
    if (!this.context.budget.take(descriptorsPerConnection))
      return this.#turnAway(client, 'descriptors')
    const connection = new TcpConnection({ host: this, client, clientAddress, balancer, entry })
    client[connectionOf] = connection
    this.connections.add(connection.link)
    const { acceptedReads, reads } = this.context
    if (acceptedReads.isProven) {
      acceptedReads.begin(client)
      reads.begin(client)
    } else client.on('data', reads.onData)
    on(client, 'end', clientEnd)
    on(client, 'drain', clientDrain)
    on(client, 'close', legClose)
    connection.dial()
  }

  #turnAway(client: Leg, reason: FailureReason): void {
    const { endings, events, nextId, now } = this.context
    this.counts.fail(reason)
    if (events.watchesConnections()) {
      const nowMs = now()
      endings.add({
        ...neverOpened,
        id: nextId(),
        host: this,
        protocol: 'TCP',
        clientAddress: client.remoteAddress,
        clientPort: client.remotePort,
        entry: formatPlace(client.localAddress, client.localPort),
        sinceMs: nowMs,
        untilMs: nowMs,
        reason,
      })
    }
    client.resetAndDestroy()
    endings.tell()
  }

  connect(connection: TcpConnection, target: EndpointAddress): Leg {
    const onread = this.context.reads.endpoint
    const options = { allowHalfOpen: true, highWaterMark: 1, onread }
    const leg: Leg = new Socket(options satisfies SocketConstructorOpts & StreamOptions)
    prepareLeg(leg)
    on(leg, 'error', endpointFailed)
    leg[connectionOf] = connection
    on(leg, 'connect', endpointConnect)
    on(leg, 'end', endpointEnd)
    on(leg, 'drain', endpointDrain)
    on(leg, 'close', legClose)
    leg.connect(target.port, target.address)
    this.context.reads.begin(leg)
    return leg
  }

  established(connection: TcpConnection): void {
    const { events } = this.context
    if (!events.watchesConnections()) return
    if (events.watchesBeginnings?.() ?? true) events.connection(connectionInfo(connection.facts()))
    else connection.noteEntry()
  }

  failed(connection: TcpConnection, reason: FailureReason): void {
    this.counts.fail(reason)
    this.#over(connection, reason)
    this.context.endings.tell()
  }

  closed(connection: TcpConnection, reason: CloseReason): void {
    this.counts.close(reason)
    this.#over(connection, reason)
  }

  #over(connection: TcpConnection, reason: CloseReason | FailureReason): void {
    const { budget, endings, events } = this.context
    budget.give(descriptorsPerConnection)
    this.connections.delete(connection.link)
    if (events.watchesConnections()) endings.add(connection.facts(reason))
  }
}

/** Passed on to the stream; the types of `node:net` leave it out. */
interface StreamOptions {
  readonly highWaterMark: number
}

/** For all but `'data'` and `'readable'`, for whose sake that of a stream has more to do: nine times a connection. */
function on(leg: Leg, event: string, listener: (this: Leg, error: Error) => void): void {
  EventEmitter.prototype.on.call(leg, event, listener)
}

function clientEnd(this: Leg): void {
  if (!failsAtEnd(this)) this[connectionOf]?.clientEnded()
}

function clientDrain(this: Leg): void {
  this[connectionOf]?.clientDrained()
}

function clientFailed(this: Leg): void {
  this[connectionOf]?.clientFailed()
}

function endpointConnect(this: Leg): void {
  this[connectionOf]?.connected()
}

function endpointEnd(this: Leg): void {
  if (!failsAtEnd(this)) this[connectionOf]?.endpointEnded()
}

function endpointDrain(this: Leg): void {
  this[connectionOf]?.endpointDrained()
}

function endpointFailed(this: Leg, error: NodeJS.ErrnoException): void {
  this[connectionOf]?.endpointFailed(error)
}

function legClose(this: Leg): void {
  this[connectionOf]?.legClosed()
}
