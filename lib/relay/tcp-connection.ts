/**
 * TcpConnection: one client, from accept to the last byte. It dials, then passes bytes and endings both ways.
 *
 * A FIN closes one direction only (RFC 9293 §3.6) and is passed on as a FIN; a reset is passed on as a reset. Nothing is
 * read from the client before an endpoint is connected, so a failed dial loses nothing. Back-pressure is exact: both
 * legs have a high-water mark of one byte, so `write` returns false as soon as the kernel does not take everything,
 * and the other leg is not read until it has.
 *
 * What the kernel is told of a socket costs a system call each, so it is told when it matters: no delay (Nagle) before the
 * second write, keep-alive (4 calls a leg) once a connection is a few seconds old. Most connections see neither.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxysocket.go, which dials inside the accept loop and closes both sockets
 * when one direction ends.
 */
import { formatHostPort } from '../address.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { ClosedFacts, ConnectionFacts } from './connection-facts.ts'
import type { ConnectionHost } from './connection-host.ts'
import type { ConnectionInfo } from './data-plane.ts'
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import { DialAttempts } from './dial-attempts.ts'
import { endLeg, resetLeg, resetLegOnceWritten } from './end-leg.ts'
import type { Leg, LegEvents } from './leg.ts'
import { connectionOf, stall } from './leg.ts'
import { Link } from './linked-list.ts'
import type { CloseReason, FailureReason } from './reasons.ts'
import { dialFailure } from './reasons.ts'
import type { TcpTimeouts } from './tcp-timeouts.ts'
import type { Wait } from './timeout-queue.ts'

/** The descriptors a connection holds: its two legs. */
export const descriptorsPerConnection = 2

export class TcpConnection implements LegEvents {
  readonly id: number
  /** Its place among those of its proxy socket. */
  readonly link = new Link<TcpConnection>(this)
  readonly #host: ConnectionHost
  readonly #client: Leg
  readonly #clientAddress: string
  readonly #sinceMs: number
  #endpoint: Leg | undefined
  #target: EndpointAddress | undefined
  readonly #dials: DialAttempts
  /** While it dials, or is young. */
  #wait: Wait<TcpConnection> | undefined
  #halfCloseWait: Wait<TcpConnection> | undefined
  #reason: CloseReason | FailureReason | undefined
  #established = false
  #clientEnded = false
  #endpointEnded = false
  #endedFirst: 'client' | 'endpoint' | undefined
  #openLegs = 1
  #bytesFromClient = 0
  #bytesFromEndpoint = 0
  #bytesWhenHalfClosed = 0
  #entry: string

  constructor(options: {
    host: ConnectionHost
    client: Leg
    clientAddress: string
    balancer: ServiceBalancer
    /** `''` where only the socket knows it. */
    entry: string
  }) {
    this.#host = options.host
    this.#client = options.client
    this.#clientAddress = options.clientAddress
    this.#entry = options.entry
    const { clientAddress, balancer } = options
    const { context, counts } = options.host
    this.id = context.nextId()
    this.#sinceMs = context.now()
    this.#dials = new DialAttempts({ balancer, context, counts, clientAddress })
  }

  /** Key of the endpoint, once it is reached. */
  get reachedKey(): string | undefined {
    return this.#established ? this.#target?.key : undefined
  }

  get #timeouts(): TcpTimeouts {
    return this.#host.context.timeouts
  }

  /** Dials the next candidate, or resets the client where there is none left. */
  dial(): void {
    const target = this.#dials.next()
    if (target === undefined) return this.fail(this.#dials.failure)
    this.#target = target
    this.#endpoint = this.#host.connect(this, target)
    this.#openLegs++
    this.#wait = this.#timeouts.dials(this.#dials.timeouts).add(this)
  }

  connected(): void {
    const target = this.#target as EndpointAddress
    const leg = this.#endpoint as Leg
    // A dial to a dead port of this machine's own ephemeral range can meet itself (RFC 9293 §3.5, simultaneous open): the
    // client would talk to itself, and the endpoint could not come back.
    const isPossible = this.#host.context.isSourcePort(target.port)
    if (isPossible && leg.localPort === target.port && leg.localAddress === target.address) {
      return this.#dialFailed('ECONNREFUSED')
    }
    this.#endDial()
    this.#dials.reached(target)
    this.#established = true
    this.#wait = this.#timeouts.young.add(this)
    this.#host.established(this)
    this.#client.resume()
  }

  dialTimedOut(): void {
    this.#dials.timedOut(this.#abandonDial())
    this.dial()
  }

  #dialFailed(code: string | undefined): void {
    const reason = dialFailure(code)
    this.#dials.failed(this.#abandonDial(), reason)
    if (reason === 'descriptors')
      this.fail(reason) // no other dial would have one
    else this.dial()
  }

  /** Forgets the leg that is being dialled. Its descriptor is closed at once; what it still emits is ignored. */
  #abandonDial(): EndpointAddress {
    this.#endDial()
    const endpoint = this.#endpoint as Leg
    endpoint[connectionOf] = undefined
    endpoint.destroy()
    this.#host.context.reads.end(endpoint)
    this.#endpoint = undefined
    this.#openLegs--
    return this.#target as EndpointAddress
  }

  #endDial(): void {
    this.#timeouts.dials(this.#dials.timeouts).delete(this.#wait)
  }

  /** Ends a connection that has reached no endpoint. */
  fail(reason: FailureReason): void {
    if (this.#endpoint) this.#dials.balancer.released(this.#abandonDial())
    this.#target = undefined
    this.#reason = reason
    if (this.#host.context.events.watchesConnections()) this.noteEntry()
    resetLeg(this.#client)
  }

  /** Ends an established connection by force. */
  reset(reason: CloseReason): void {
    this.#reason ??= reason
    resetLeg(this.#client)
    resetLeg(this.#endpoint)
  }

  /** At the end of the grace time: whatever it is doing. */
  abort(): void {
    if (this.#established) this.reset('grace-over')
    else this.fail('shutdown')
  }

  /**
   * Passes on what a leg has read. Returns false where it must not be read further, because the kernel still holds a part
   * of the chunk: the memory is the leg's own read buffer.
   */
  fromClient(chunk: Buffer): boolean {
    const endpoint = this.#endpoint as Leg
    if (this.#bytesFromClient > 0) endpoint.setNoDelay()
    this.#bytesFromClient += chunk.length
    this.#host.counts.bytesFromClient += chunk.length
    if (endpoint.write(chunk)) return true
    this.#stalled(endpoint)
    return false
  }

  /** See `fromClient`. */
  fromEndpoint(chunk: Buffer): boolean {
    if (this.#bytesFromEndpoint > 0) this.#client.setNoDelay()
    this.#bytesFromEndpoint += chunk.length
    this.#host.counts.bytesFromEndpoint += chunk.length
    if (this.#client.write(chunk)) return true
    this.#stalled(this.#client)
    return false
  }

  #stalled(leg: Leg): void {
    this.#timeouts.stalled.delete(leg[stall])
    leg[stall] = this.#timeouts.stalled.add(leg)
  }

  clientDrained(): void {
    this.#timeouts.stalled.delete(this.#client[stall])
    ;(this.#endpoint as Leg).resume()
  }

  endpointDrained(): void {
    this.#timeouts.stalled.delete((this.#endpoint as Leg)[stall])
    this.#client.resume()
  }

  stallTimedOut(leg: Leg): void {
    // A leg that was ended while it held bytes emits no 'drain'; once they are out nothing is stalled.
    if (leg.writableLength > 0) this.reset('stall-timeout')
  }

  clientEnded(): void {
    this.#clientEnded = true
    this.#endedFirst ??= 'client'
    endLeg(this.#endpoint as Leg)
    this.#halfClosed()
  }

  endpointEnded(): void {
    this.#endpointEnded = true
    this.#endedFirst ??= 'endpoint'
    endLeg(this.#client)
    this.#halfClosed()
  }

  /** It has lived so long that it may live long: from now on a peer that is gone without a word is noticed. */
  grownUp(): void {
    const { keepAliveMs } = this.#host.context.options
    this.#client.setKeepAlive(true, keepAliveMs)
    this.#endpoint?.setKeepAlive(true, keepAliveMs)
  }

  #halfClosed(): void {
    this.#bytesWhenHalfClosed = this.#bytesFromClient + this.#bytesFromEndpoint
    this.#timeouts.halfClosed.delete(this.#halfCloseWait)
    this.#halfCloseWait = this.#timeouts.halfClosed.add(this)
  }

  halfCloseTimedOut(): void {
    // Adding at every byte would cost the hot path a map operation; so the queue is asked again only at its end.
    if (this.#bytesFromClient + this.#bytesFromEndpoint === this.#bytesWhenHalfClosed) {
      this.reset('half-close-timeout')
    } else this.#halfClosed()
  }

  clientFailed(): void {
    if (!this.#established) return this.fail('client-gone')
    this.#reason ??= 'client-reset'
    resetLegOnceWritten(this.#endpoint)
  }

  endpointFailed(error: NodeJS.ErrnoException): void {
    if (!this.#established) return this.#dialFailed(error.code)
    this.#reason ??= 'endpoint-reset'
    resetLegOnceWritten(this.#client)
  }

  legClosed(): void {
    this.#openLegs--
    if (this.#openLegs > 0) return
    this.#timeouts.young.delete(this.#wait)
    this.#timeouts.halfClosed.delete(this.#halfCloseWait)
    this.#timeouts.stalled.delete(this.#client[stall])
    const { reads } = this.#host.context
    reads.end(this.#client)
    if (this.#endpoint) {
      this.#timeouts.stalled.delete(this.#endpoint[stall])
      reads.end(this.#endpoint)
    }
    if (this.#established) {
      this.#dials.balancer.ended(this.#target as EndpointAddress)
      this.#host.closed(this, (this.#reason ?? 'ended') as CloseReason)
    } else this.#host.failed(this, this.#reason as FailureReason)
  }

  /** What a person or a log wants to know of it. */
  facts(): ConnectionFacts
  facts(reason: CloseReason | FailureReason): ClosedFacts
  facts(reason?: CloseReason | FailureReason): ConnectionFacts {
    this.noteEntry()
    return {
      id: this.id,
      host: this.#host,
      protocol: 'TCP',
      clientAddress: this.#clientAddress,
      clientPort: this.#client.remotePort,
      entry: this.#entry,
      endpoint: this.#target?.key ?? '',
      state: this.#state(reason),
      attempts: this.#dials.count,
      sinceMs: this.#sinceMs,
      untilMs: this.#host.context.now(),
      bytesFromClient: this.#bytesFromClient,
      bytesFromEndpoint: this.#bytesFromEndpoint,
      endedFirst: this.#endedFirst,
      reason,
    }
  }

  /** For what `facts` says of it in the end: Node forgets it when the socket is closed. */
  noteEntry(): void {
    if (this.#entry !== '') return
    const { localAddress, localPort } = this.#client
    if (localAddress) this.#entry = formatHostPort(localAddress, localPort as number)
  }

  #state(reason: CloseReason | FailureReason | undefined): ConnectionInfo['state'] {
    if (reason !== undefined) return 'closed'
    if (!this.#established) return 'dialing'
    if (this.#clientEnded) return 'client-ended'
    return this.#endpointEnded ? 'endpoint-ended' : 'established'
  }
}
