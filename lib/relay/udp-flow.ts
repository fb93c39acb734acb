/**
 * UdpFlow: the datagrams between one client address and the endpoint that was chosen for it.
 *
 * It owns one connected socket: the kernel then drops what others send to it, and reports an endpoint on which nothing
 * listens (ICMP port unreachable) as ECONNREFUSED.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxysocket.go, which cuts datagrams at 4,096 bytes and keeps a flow to a
 * removed endpoint for as long as its client sends.
 */
import type { Socket } from 'node:dgram'
import { createSocket } from 'node:dgram'
import { addressFamily, formatHostPort } from '../address.ts'
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { EntryName } from '../model/entry.ts'
import type { ClosedFacts, ConnectionFacts } from './connection-facts.ts'
import type { CloseReason, FailureReason } from './reasons.ts'
import { dialFailure } from './reasons.ts'
import type { Wait } from './timeout-queue.ts'

/** What a flow needs of the proxy socket that it belongs to. */
export interface FlowHost {
  readonly servicePort: string
  readonly entryName: EntryName
  now(): number
  /** A datagram came from the endpoint: pass it to the client. */
  reply(flow: UdpFlow, datagram: Buffer): void
  /** The flow's socket is connected. */
  established(flow: UdpFlow): void
  /** The endpoint answered that nothing listens on its port. */
  refused(flow: UdpFlow): void
  /** One datagram could not be passed on. */
  dropped(): void
  /** The flow is over. */
  over(flow: UdpFlow, reason: CloseReason | FailureReason): void
}

export interface FlowClient {
  /** The listener's socket, by which replies go out: from its address, or one that the kernel chooses for a wildcard. */
  readonly listener: Socket
  readonly address: string
  readonly port: number
}

/** Datagrams kept while a new flow's socket is being connected, which takes one or two turns of the event loop. */
const mostWaiting = 64

export class UdpFlow {
  readonly id: number
  readonly client: FlowClient
  readonly target: EndpointAddress
  /** That chose the target. */
  readonly balancer: ServiceBalancer
  /** Links of `UdpFlowTable`. */
  older: UdpFlow | undefined
  newer: UdpFlow | undefined
  lastActiveMs = 0
  /** While its endpoint has to prove itself. */
  settling: Wait<UdpFlow> | undefined
  /** Whether the balancer has heard how the dial ended. */
  isSettled = false
  /** Whether that was that it has reached its endpoint. */
  hasReached = false
  readonly #host: FlowHost
  readonly #socket: Socket
  readonly #sinceMs: number
  #waiting: Buffer[] | undefined = []
  #isClosed = false
  #bytesFromClient = 0
  #bytesFromEndpoint = 0

  constructor(options: {
    id: number
    host: FlowHost
    client: FlowClient
    target: EndpointAddress
    balancer: ServiceBalancer
  }) {
    const { id, host, client, target, balancer } = options
    this.id = id
    this.#host = host
    this.client = client
    this.target = target
    this.balancer = balancer
    this.#sinceMs = host.now()
    const isIPv6 = addressFamily(target.address) === 'IPv6'
    this.#socket = createSocket({ type: isIPv6 ? 'udp6' : 'udp4', lookup: literalLookup })
    this.#socket.on('error', this.#onError)
    this.#socket.on('message', this.#onMessage)
  }

  /** Connects. Not in the constructor: a fault is told at once, and whoever hears it has to know this flow. */
  open(): void {
    this.#socket.connect(this.target.port, this.target.address, this.#onConnect)
  }

  get isEstablished(): boolean {
    return this.#waiting === undefined
  }

  /** Key of the endpoint: whether it is reached nothing says. */
  get reachedKey(): string {
    return this.target.key
  }

  /** Passes a datagram of the client on. */
  send(datagram: Buffer): void {
    this.#bytesFromClient += datagram.length
    if (this.#waiting === undefined) {
      if (hasRoom(this.#socket)) this.#socket.send(datagram, this.#onSent)
      else this.#host.dropped()
    } else if (this.#waiting.length < mostWaiting) this.#waiting.push(datagram)
    else this.#host.dropped()
  }

  /** Ends the flow. Idempotent. */
  close(reason: CloseReason | FailureReason): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.close()
    this.#host.over(this, reason)
  }

  /** What a person or a log wants to know of it. */
  facts(): ConnectionFacts
  facts(reason: CloseReason | FailureReason): ClosedFacts
  facts(reason?: CloseReason | FailureReason): ConnectionFacts {
    return {
      id: this.id,
      host: this.#host,
      protocol: 'UDP',
      clientAddress: this.client.address,
      clientPort: this.client.port,
      entry: this.#entry(),
      endpoint: this.target.key,
      state: reason === undefined ? (this.isEstablished ? 'established' : 'dialing') : 'closed',
      attempts: 1,
      sinceMs: this.#sinceMs,
      untilMs: this.#host.now(),
      bytesFromClient: this.#bytesFromClient,
      bytesFromEndpoint: this.#bytesFromEndpoint,
      reason,
    }
  }

  #entry(): string {
    try {
      const { address, port } = this.client.listener.address()
      return formatHostPort(address, port)
    } catch {
      return '' // the listener is closed already
    }
  }

  readonly #onConnect = (error?: Error): void => {
    // 'error' tells it too where no callback is given; with one, only the callback does.
    if (error) return this.#onError(error)
    if (this.#isClosed) return
    const waiting = this.#waiting as Buffer[]
    this.#waiting = undefined
    this.#host.established(this)
    for (const datagram of waiting) this.#socket.send(datagram, this.#onSent)
  }

  readonly #onMessage = (datagram: Buffer): void => {
    this.#bytesFromEndpoint += datagram.length
    this.#host.reply(this, datagram)
  }

  // Not to be saved for its tick of Node's: the kernel tells a refusal once, to whichever call comes first, and that may be
  // the next `send`, which without a callback says nothing.
  readonly #onSent = (error: Error | null): void => {
    if (error) this.#onError(error)
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    const { code } = error
    if (code === 'ECONNREFUSED') this.#host.refused(this)
    else if (!this.isEstablished) this.close(dialFailure(code))
    // One datagram could not be sent: no buffer, too long, no route for a moment. The flow goes on.
    else this.#host.dropped()
  }
}

/** What the kernel does not take at once libuv keeps, without a bound of its own. */
const mostQueuedBytes = 1024 * 1024

/** Whether a socket's queue has room for one more datagram: over a slow link it would take all memory (1 GB in 8 s). */
export function hasRoom(socket: Socket): boolean {
  return socket.getSendQueueSize() < mostQueuedBytes
}

/** Endpoints are addresses, never names: dgram's own lookup would cost a turn of the event loop for nothing. */
function literalLookup(address: string, ...rest: readonly unknown[]): void {
  const callback = rest.at(-1) as (error: null, address: string, family: number) => void
  callback(null, address, addressFamily(address) === 'IPv6' ? 6 : 4)
}
