/**
 * UdpProxySocket: the listeners and flows of a UDP ServicePort. One flow for each client address and entry.
 */
import type { RemoteInfo, Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { createSocket } from 'node:dgram'
import { addressFamily, formatHostPort } from '../address.ts'
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { EntryName } from '../model/entry.ts'
import { entryNameOf } from '../model/entry.ts'
import type { ListenRole } from '../model/listen-address.ts'
import { ClientBalancers } from './client-balancers.ts'
import { Counts } from './counts.ts'
import type {
  ClientView,
  ConnectionInfo,
  EndpointCounts,
  LateReply,
  ProxySocketSpec,
  ProxySocketStatus,
  SocketPins,
} from './data-plane.ts'
import { endpointCounts } from './endpoint-counts.ts'
import type { SharedBind } from './listener.ts'
import { ListenerSet } from './listener-set.ts'
import { neverOpened } from './never-opened.ts'
import type { ProxySocket } from './proxy-socket.ts'
import type { CloseReason, FailureReason } from './reasons.ts'
import { closeReasons } from './reasons.ts'
import type { RelayContext } from './relay-context.ts'
import { TimeoutQueue } from './timeout-queue.ts'
import type { FlowHost } from './udp-flow.ts'
import { hasRoom, UdpFlow } from './udp-flow.ts'
import { UdpFlowTable } from './udp-flow-table.ts'

/** The kernel holds what arrives while we are busy; its default of 208 KiB is full within milliseconds of a burst. */
const receiveBufferBytes = 4 * 1024 * 1024

/** A flow to a doubted endpoint that is not refused for so long, in ms, has reached it, reply or not (syslog). */
const settleMs = 1000

/** Replies to what was asked before the listener was handed over come within so long, in ms, or are not waited for. */
const lateReplyMs = 5000

/**
 * Flows of one listener by address, then port of the client. One key of both is a string for each datagram: with it
 * our own work on what clients send was 2.6 % of the process's CPU, so it is 1.8 % (exchanges of 64 bytes, 16 clients).
 */
type FlowsByClient = Map<string, Map<number, UdpFlow>>

export class UdpProxySocket implements ProxySocket, FlowHost {
  readonly servicePort: string
  readonly entryName: EntryName
  readonly counts = new Counts()
  readonly #key: string
  readonly #context: RelayContext
  readonly #balancers: ClientBalancers
  readonly #flows: UdpFlowTable
  readonly #unsettled: TimeoutQueue<UdpFlow>
  readonly #byListener = new Map<Socket, FlowsByClient>()
  readonly #listeners: ListenerSet
  #onLateReply: ((reply: LateReply) => void) | undefined
  /** Where those listened that are another process's now. */
  readonly #handedOver = new WeakMap<Socket, AddressInfo>()

  constructor(options: { context: RelayContext; spec: ProxySocketSpec }) {
    const { context, spec } = options
    this.servicePort = spec.servicePort
    this.entryName = entryNameOf(spec.key)
    this.#key = spec.key
    this.#context = context
    this.#balancers = new ClientBalancers(context, spec)
    this.#flows = new UdpFlowTable({ timeoutMs: context.options.udpTimeoutMs, now: context.now })
    this.#unsettled = new TimeoutQueue<UdpFlow>({
      timeoutMs: settleMs,
      now: context.now,
      onExpire: (flow) => this.#settle(flow),
    })
    this.#listeners = new ListenerSet({ context, key: spec.key, protocol: 'UDP', bind: this.#bind })
  }

  get open(): number {
    return this.#flows.size
  }

  async update(spec: ProxySocketSpec): Promise<void> {
    this.#balancers.update(spec)
    for (const flow of this.#flows) {
      if (!this.#balancers.has(flow.balancer, flow.target.key)) flow.close('endpoint-removed')
    }
    await this.#listeners.update(spec.listen)
  }

  stopListening(but?: ListenRole): void {
    this.#listeners.close(but)
  }

  /** Only flows whose listener was handed over are left: no other flow outlives its listener. */
  abort(): void {
    for (const flow of this.#flows) flow.close('grace-over')
  }

  handOver(onLateReply: (reply: LateReply) => void): void {
    this.#onLateReply = onLateReply
    this.#listeners.close()
    const waitMs = Math.min(lateReplyMs, this.#context.options.udpTimeoutMs)
    setTimeout(() => this.abort(), waitMs).unref()
  }

  replyLate({ address, port, clientAddress, clientPort, datagram }: LateReply): void {
    for (const listener of this.#byListener.keys()) {
      const own = listener.address()
      if (own.port !== port || own.address !== address) continue
      listener.send(datagram, clientPort, clientAddress, this.#onReplySent)
      return
    }
    this.dropped()
  }

  status(): ProxySocketStatus {
    return { key: this.#key, listeners: this.#listeners.statuses, counts: this.counts.snapshot() }
  }

  connections(): readonly ConnectionInfo[] {
    return [...this.#flows].map((flow) => flow.info())
  }

  endpointCounts(): EndpointCounts[] {
    return endpointCounts(this.#key, this.counts, this.#flows)
  }

  explain(clientAddress: string): ClientView {
    return this.#balancers.explain(clientAddress)
  }

  now(): number {
    return this.#context.now()
  }

  established(flow: UdpFlow): void {
    const { events } = this.#context
    // Nothing says yet that anybody listens there. That is enough for an endpoint that nobody doubts.
    if (flow.balancer.isDoubted(flow.target.key)) flow.settling = this.#unsettled.add(flow)
    else this.#settle(flow)
    if (!events.watchesConnections()) return
    if (events.watchesBeginnings?.() ?? true) events.connection(flow.info())
  }

  #settle(flow: UdpFlow): void {
    if (flow.isSettled) return
    flow.isSettled = true
    flow.hasReached = true
    this.#unsettled.delete(flow.settling)
    flow.balancer.reached(flow.client.address, flow.target)
  }

  reply(flow: UdpFlow, datagram: Buffer): void {
    const { listener, port, address } = flow.client
    this.counts.bytesFromEndpoint += datagram.length
    this.counts.datagramsFromEndpoint++
    this.#settle(flow)
    this.#flows.touch(flow)
    if (this.#onLateReply) this.#replyByOther(flow, datagram)
    else if (hasRoom(listener)) listener.send(datagram, port, address, this.#onReplySent)
    else this.dropped()
  }

  #replyByOther({ client }: UdpFlow, datagram: Buffer): void {
    const place = this.#handedOver.get(client.listener) as AddressInfo
    this.#onLateReply?.({
      key: this.#key,
      address: place.address,
      port: place.port,
      clientAddress: client.address,
      clientPort: client.port,
      datagram,
    })
  }

  dropped(): void {
    this.counts.datagramsDropped++
  }

  // A callback costs a tick of Node's for each datagram, for both directions 1.2 to 1.5 % of the process's CPU. Without one
  // dgram says nothing of what the kernel did not take.
  readonly #onReplySent = (error: Error | null): void => {
    if (error) this.dropped()
  }

  refused(flow: UdpFlow): void {
    const { key } = flow.target
    flow.balancer.failed(flow.target)
    this.counts.dialFailed(key)
    flow.isSettled = true
    for (const other of this.#flows) if (other.target.key === key) other.close('endpoint-refused')
  }

  over(flow: UdpFlow, reason: CloseReason | FailureReason): void {
    const { budget, events } = this.#context
    const { listener, address, port } = flow.client
    this.#flows.delete(flow)
    this.#unsettled.delete(flow.settling)
    const flows = this.#byListener.get(listener)
    const ofAddress = flows?.get(address)
    ofAddress?.delete(port)
    if (ofAddress?.size === 0) flows?.delete(address)
    if (!flow.isSettled) {
      if (reason === 'dial-failed') {
        flow.balancer.failed(flow.target)
        this.counts.dialFailed(flow.target.key)
      } else flow.balancer.released(flow.target)
    }
    if (flow.hasReached) flow.balancer.ended(flow.target)
    budget.giveFromFlow()
    if (isCloseReason(reason)) this.counts.close(reason)
    else this.counts.fail(reason)
    if (events.watchesConnections()) events.close(flow.info(reason))
  }

  #receive(listener: Socket, flows: FlowsByClient, datagram: Buffer, from: RemoteInfo): void {
    // Legal as a source (RFC 768: no reply is expected), and nothing can be sent there.
    if (from.port === 0) return this.dropped()
    this.counts.bytesFromClient += datagram.length
    this.counts.datagramsFromClient++
    let flow = flows.get(from.address)?.get(from.port)
    if (flow) this.#flows.touch(flow)
    else {
      flow = this.#begin(listener, from)
      if (flow === undefined) return
      remember(flows, flow)
      flow.open()
    }
    flow.send(datagram)
  }

  /** A flow for a new client, or `undefined` where there can be none: counted, and the datagram is dropped. */
  #begin(listener: Socket, from: RemoteInfo): UdpFlow | undefined {
    const { address, port } = from
    this.counts.begin()
    const balancer = this.#balancers.for(address)
    if (balancer === undefined) return this.#refuse('source-range', listener, from)
    const target = this.#choose(balancer, address)
    if (typeof target === 'string') return this.#refuse(target, listener, from)
    if (!this.#makeRoom()) {
      balancer.released(target)
      return this.#refuse('descriptors', listener, from)
    }
    this.counts.dialAttempts++
    const client = { listener, address, port }
    const flow = new UdpFlow({ id: this.#context.nextId(), host: this, client, target, balancer })
    this.#flows.add(flow)
    return flow
  }

  /** Each datagram by itself: nothing is remembered of a client that gets no flow. */
  #refuse(reason: FailureReason, listener: Socket, from: RemoteInfo): undefined {
    const { events, nextId } = this.#context
    this.counts.fail(reason)
    if (!events.watchesConnections()) return
    const { address, port } = listener.address()
    events.close({
      ...neverOpened,
      id: nextId(),
      servicePort: this.servicePort,
      protocol: 'UDP',
      family: from.family,
      client: formatHostPort(from.address, from.port),
      entry: formatHostPort(address, port),
      entryName: this.entryName,
      bytesFromClient: from.size,
      reason,
    })
  }

  #choose(balancer: ServiceBalancer, clientAddress: string): EndpointAddress | FailureReason {
    const tried: EndpointAddress[] = []
    for (;;) {
      const target = balancer.pick(clientAddress, tried)
      if (target === undefined) return tried.length === 0 ? 'no-endpoint' : 'loop'
      if (!this.#context.ownListeners.has('UDP', target.address, target.port)) return target
      balancer.released(target)
      tried.push(target)
    }
  }

  /** Takes a descriptor; the flow idle for longest gives way where the cap or the budget is reached. */
  #makeRoom(): boolean {
    const { budget, options } = this.#context
    if (this.#flows.size >= options.maxUdpFlows) this.#flows.oldest?.close('evicted')
    if (budget.takeForFlow()) return true
    this.#flows.oldest?.close('evicted')
    return budget.takeForFlow()
  }

  pins(): readonly SocketPins[] {
    return this.#balancers.pins(this.#key)
  }

  restorePins(pins: SocketPins): void {
    this.#balancers.restorePins(pins)
  }

  readonly #bind: SharedBind = (address, port, onLost, isExclusive) => {
    const isIPv6 = addressFamily(address) === 'IPv6'
    const socket = createSocket({
      type: isIPv6 ? 'udp6' : 'udp4',
      ipv6Only: isIPv6,
      recvBufferSize: receiveBufferBytes,
      lookup: (host, _options, callback) => callback(null, host, isIPv6 ? 6 : 4),
    })
    const flows: FlowsByClient = new Map()
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        socket.close() // dgram leaves a socket that could not be bound open
        reject(error)
      }
      socket.once('error', failed)
      socket.bind({ address, port, exclusive: isExclusive }, () => {
        socket.off('error', failed)
        socket.on('error', onLost)
        const { gate } = this.#context
        socket.on('message', (datagram, from) => {
          if (gate.isOpen) this.#receive(socket, flows, datagram, from)
          else gate.wait(() => this.#receive(socket, flows, datagram, from))
        })
        this.#byListener.set(socket, flows)
        resolve({ port: socket.address().port, close: () => this.#closeListener(socket, flows) })
      })
    })
  }

  /** A flow's replies go through its listener: without it, or another process that has it, the flow is over. */
  #closeListener(socket: Socket, flows: FlowsByClient): void {
    if (this.#onLateReply) this.#handedOver.set(socket, socket.address())
    else
      for (const ofAddress of flows.values())
        for (const flow of ofAddress.values()) flow.close('listener-closed')
    this.#byListener.delete(socket)
    socket.close()
  }
}

function remember(flows: FlowsByClient, flow: UdpFlow): void {
  const { address, port } = flow.client
  const ofAddress = flows.get(address)
  if (ofAddress) ofAddress.set(port, flow)
  else flows.set(address, new Map([[port, flow]]))
}

function isCloseReason(reason: CloseReason | FailureReason): reason is CloseReason {
  return Object.hasOwn(closeReasons, reason)
}
