/**
 * TcpRelay: what the TCP connections of one proxy socket share: balancers, counts, time limits, and how a leg is opened.
 *
 * Its event handlers are functions of the module that find their connection through the socket, so that a connection
 * costs no closure.
 */
import type { OnReadOpts, TcpNetConnectOpts } from 'node:net'
import { connect } from 'node:net'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { ClientBalancers } from './client-balancers.ts'
import { Counts } from './counts.ts'
import type { Leg, LegEvents } from './leg.ts'
import { connectionOf, failsAtEnd, prepareLeg } from './leg.ts'
import type { CloseReason, FailureReason } from './reasons.ts'
import type { RelayContext } from './relay-context.ts'
import type { ConnectionHost } from './tcp-connection.ts'
import { descriptorsPerConnection, TcpConnection } from './tcp-connection.ts'
import { TimeoutQueue } from './timeout-queue.ts'

export class TcpRelay implements ConnectionHost {
  readonly servicePort: string
  readonly context: RelayContext
  readonly balancers: ClientBalancers
  readonly counts = new Counts()
  readonly halfClosed: TimeoutQueue<TcpConnection>
  readonly stalled: TimeoutQueue<Leg>
  readonly connections = new Set<TcpConnection>()
  readonly #dialQueues: readonly TimeoutQueue<TcpConnection>[]
  readonly #onread = adaptiveReads()

  constructor(options: { servicePort: string; context: RelayContext; balancers: ClientBalancers }) {
    const { context } = options
    const { dialTimeoutsMs, halfCloseTimeoutMs, stallTimeoutMs } = context.options
    const queue = <Entry>(timeoutMs: number, onExpire: (entry: Entry) => void) =>
      new TimeoutQueue<Entry>({ timeoutMs, now: context.now, onExpire })
    this.servicePort = options.servicePort
    this.context = context
    this.balancers = options.balancers
    this.halfClosed = queue(halfCloseTimeoutMs, (connection: TcpConnection) =>
      connection.halfCloseTimedOut(),
    )
    this.stalled = queue(stallTimeoutMs, stallTimedOut)
    this.#dialQueues = dialTimeoutsMs.map((ms) =>
      queue(ms, (connection: TcpConnection) => connection.dialTimedOut()),
    )
  }

  dialQueue(timeouts: number): TimeoutQueue<TcpConnection> {
    return this.#dialQueues[
      Math.min(timeouts, this.#dialQueues.length - 1)
    ] as TimeoutQueue<TcpConnection>
  }

  /** Takes over a client that was accepted, paused, and not read from. */
  accept(client: Leg): void {
    client.on('error', clientFailed) // in the tick the socket is made: an error without a handler ends the process
    this.counts.begin()
    const clientAddress = client.remoteAddress
    if (clientAddress === undefined) return this.#turnAway(client, 'client-gone')
    const balancer = this.balancers.for(clientAddress)
    if (balancer === undefined) return this.#turnAway(client, 'source-range')
    if (!this.context.budget.take(descriptorsPerConnection))
      return this.#turnAway(client, 'descriptors')
    const connection = new TcpConnection({ host: this, client, clientAddress, balancer })
    client[connectionOf] = connection
    this.connections.add(connection)
    client.on('data', clientData)
    client.on('end', clientEnd)
    client.on('drain', clientDrain)
    client.on('close', legClose)
    prepareLeg(client)
    connection.dial()
  }

  #turnAway(client: Leg, reason: FailureReason): void {
    this.counts.fail(reason)
    client.resetAndDestroy()
  }

  connect(connection: TcpConnection, target: EndpointAddress): Leg {
    const { keepAliveMs } = this.context.options
    const options: TcpNetConnectOpts & StreamOptions = {
      host: target.address,
      port: target.port,
      allowHalfOpen: true,
      highWaterMark: 1,
      noDelay: true,
      keepAlive: keepAliveMs > 0,
      keepAliveInitialDelay: keepAliveMs,
      onread: this.#onread,
    }
    const leg: Leg = connect(options)
    leg.on('error', endpointFailed)
    leg[connectionOf] = connection
    prepareLeg(leg)
    leg.on('connect', endpointConnect)
    leg.on('end', endpointEnd)
    leg.on('drain', endpointDrain)
    leg.on('close', legClose)
    return leg
  }

  established(connection: TcpConnection): void {
    const { events } = this.context
    if (events.watchesConnections()) events.connection(connection.info())
  }

  failed(connection: TcpConnection, reason: FailureReason): void {
    this.counts.fail(reason)
    this.#over(connection, reason)
  }

  closed(connection: TcpConnection, reason: CloseReason): void {
    this.counts.close(reason)
    this.#over(connection, reason)
  }

  #over(connection: TcpConnection, reason: CloseReason | FailureReason): void {
    const { events, budget } = this.context
    budget.give(descriptorsPerConnection)
    this.connections.delete(connection)
    if (events.watchesConnections()) events.close(connection.info(reason))
  }
}

/** Passed on to the stream; the types of `net.connect` leave it out. */
interface StreamOptions {
  readonly highWaterMark: number
}

/**
 * Sizes of a read buffer. The first is enough for interactive traffic; the last is for bulk: fewer turns through JavaScript
 * for each byte. A buffer follows the size of the last read. A connection that falls silent right after bulk keeps a large
 * one until its next read: Node has no public way to take it back before.
 */
const readSizes = [8 * 1024, 64 * 1024, 256 * 1024] as const
const largest = readSizes[2]

/** Of the smallest buffer that the last read would not have filled. */
function readSizeAfter(length: number): number {
  return readSizes.find((size) => length < size) ?? largest
}

/**
 * Reads of an endpoint leg go into one buffer of its own, which changes its size with them: no allocation for each
 * read. `node:net` asks `buffer` once when the socket is made and again after every callback, in the same turn.
 */
function adaptiveReads(): OnReadOpts {
  let resized: Buffer | undefined
  let isAfterRead = false
  return {
    buffer: () => {
      const next = resized ?? (isAfterRead ? keepBuffer : Buffer.allocUnsafeSlow(readSizes[0]))
      resized = undefined
      isAfterRead = false
      return next
    },
    callback(this: Leg, length: number, buffer: Uint8Array): boolean {
      const connection = this[connectionOf] as LegEvents
      const goesOn = connection.fromEndpoint(buffer.subarray(0, length) as Buffer)
      isAfterRead = true
      // While the kernel still holds a part of it (not `goesOn`) nothing is read, and the buffer stays.
      const size = readSizeAfter(length)
      if (goesOn && size !== buffer.length) resized = Buffer.allocUnsafeSlow(size)
      return goesOn
    },
  }
}

// lib/internal/stream_base_commons.js (Node 22 to 26): what is no Uint8Array leaves the buffer as it is.
const keepBuffer = undefined as unknown as Buffer

function clientData(this: Leg, chunk: Buffer): void {
  this[connectionOf]?.fromClient(chunk)
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

function stallTimedOut(leg: Leg): void {
  leg[connectionOf]?.stallTimedOut(leg)
}
