/**
 * TcpRelay: what the TCP connections of one ServicePort share: balancer, counts, time limits, and how a leg is opened.
 *
 * Its event handlers are functions of the module that find their connection through the socket, so that a connection
 * costs no closure.
 */
import type { OnReadOpts, TcpNetConnectOpts } from 'node:net'
import { connect } from 'node:net'
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
import { Counts } from './counts.ts'
import type { CloseReason, FailureReason } from './reasons.ts'
import type { RelayContext } from './relay-context.ts'
import type { ConnectionHost, Leg } from './tcp-connection.ts'
import { connectionOf, descriptorsPerConnection, TcpConnection } from './tcp-connection.ts'
import { TimeoutQueue } from './timeout-queue.ts'

export class TcpRelay implements ConnectionHost {
  readonly servicePort: string
  readonly context: RelayContext
  readonly balancer: ServiceBalancer
  readonly counts = new Counts()
  readonly halfClosed: TimeoutQueue<TcpConnection>
  readonly stalled: TimeoutQueue<TcpConnection>
  readonly connections = new Set<TcpConnection>()
  readonly #dialQueues: readonly TimeoutQueue<TcpConnection>[]
  readonly #onread = growingReads()

  constructor(options: { servicePort: string; context: RelayContext; balancer: ServiceBalancer }) {
    const { context } = options
    const { dialTimeoutsMs, halfCloseTimeoutMs, stallTimeoutMs } = context.options
    const queue = (timeoutMs: number, onExpire: (connection: TcpConnection) => void) =>
      new TimeoutQueue<TcpConnection>({ timeoutMs, now: context.now, onExpire })
    this.servicePort = options.servicePort
    this.context = context
    this.balancer = options.balancer
    this.halfClosed = queue(halfCloseTimeoutMs, (connection) => connection.halfCloseTimedOut())
    this.stalled = queue(stallTimeoutMs, (connection) => connection.stallTimedOut())
    this.#dialQueues = dialTimeoutsMs.map((ms) =>
      queue(ms, (connection) => connection.dialTimedOut()),
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
    if (!this.context.budget.take(descriptorsPerConnection))
      return this.#turnAway(client, 'descriptors')
    const connection = new TcpConnection({ host: this, client, clientAddress })
    client[connectionOf] = connection
    this.connections.add(connection)
    client.on('data', clientData)
    client.on('end', clientEnd)
    client.on('drain', clientDrain)
    client.on('close', legClose)
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

/** Enough for interactive traffic; an idle connection holds no more. */
const firstReadBytes = 8 * 1024
/** Bulk: fewer turns through JavaScript for each byte. */
const grownReadBytes = 256 * 1024

/**
 * Reads of an endpoint leg go into one buffer of its own that grows once a read has filled it: no allocation for each
 * read. `node:net` asks `buffer` once when the socket is made and again after every callback, in the same turn.
 */
function growingReads(): OnReadOpts {
  let grown: Buffer | undefined
  let afterRead = false
  return {
    buffer: () => {
      const next = grown ?? (afterRead ? keepBuffer : Buffer.allocUnsafeSlow(firstReadBytes))
      grown = undefined
      afterRead = false
      return next
    },
    callback(this: Leg, length: number, buffer: Uint8Array): boolean {
      const connection = this[connectionOf] as TcpConnection
      const goesOn = connection.fromEndpoint(buffer.subarray(0, length) as Buffer)
      afterRead = true
      if (goesOn && length === buffer.length && length < grownReadBytes) {
        grown = Buffer.allocUnsafeSlow(grownReadBytes)
      }
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
  this[connectionOf]?.clientEnded()
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
  this[connectionOf]?.endpointEnded()
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
