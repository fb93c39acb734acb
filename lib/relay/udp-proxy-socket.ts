/**
 * UdpProxySocket: the listeners and flows of a UDP ServicePort. One flow for each client address and entry.
 */
import type { RemoteInfo, Socket } from 'node:dgram'
import { formatHostPort } from '../address.ts'
import type { ServiceBalancer } from '../balance/service-balancer.ts'
import type { EndpointAddress } from '../model/endpoint.ts'
import type { EntryName } from '../model/entry.ts'
import { entryNameOf } from '../model/entry.ts'
import type { ListenAddress, ListenRole } from '../model/listen-address.ts'
import { bindUdp } from './bind-udp.ts'
import { ClientBalancers } from './client-balancers.ts'
import { ClientFlows } from './client-flows.ts'
import { connectionInfo, neverOpened } from './connection-facts.ts'
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
import { LateReplies } from './late-replies.ts'
import { ListenerSet } from './listener-set.ts'
import type { ProxySocket } from './proxy-socket.ts'
import type { CloseReason, FailureReason } from './reasons.ts'
import { isCloseReason } from './reasons.ts'
import type { RelayContext } from './relay-context.ts'
import { TimeoutQueue } from './timeout-queue.ts'
import type { FlowHost } from './udp-flow.ts'
import { hasRoom, UdpFlow } from './udp-flow.ts'
import { UdpFlowTable } from './udp-flow-table.ts'

/** A flow to a doubted endpoint that is not refused for so long, in ms, has reached it, reply or not (syslog). */
const settleMs = 1000

/** Replies to what was asked before the listener was handed over come within so long, in ms, or are not waited for. */
const lateReplyMs = 5000

export class UdpProxySocket implements ProxySocket, FlowHost {
  readonly servicePort: string
  readonly entryName: EntryName
  readonly counts = new Counts()
  readonly #key: string
  readonly #context: RelayContext
  readonly #balancers: ClientBalancers
  readonly #flows: UdpFlowTable
  readonly #unsettled: TimeoutQueue<UdpFlow>
  readonly #byListener = new Map<Socket, ClientFlows>()
  readonly #listeners: ListenerSet
  readonly #lateReplies: LateReplies

  constructor(options: { context: RelayContext; spec: ProxySocketSpec }) {
    const { context, spec } = options
    this.servicePort = spec.servicePort
    this.entryName = entryNameOf(spec.key)
    this.#key = spec.key
    this.#lateReplies = new LateReplies(spec.key)
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

  keepOnly(listen: readonly ListenAddress[]): void {
    this.#listeners.keepOnly(listen)
  }

  stopListening(but?: ListenRole): void {
    this.#listeners.close(but)
  }

  /** Only flows whose listener was handed over are left: no other flow outlives its listener. */
  abort(): void {
    for (const flow of this.#flows) flow.close('grace-over')
  }

  handOver(onLateReply: (reply: LateReply) => void): void {
    this.#lateReplies.begin(onLateReply)
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
    return [...this.#flows].map((flow) => connectionInfo(flow.facts()))
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
    if (events.watchesBeginnings?.() ?? true) events.connection(connectionInfo(flow.facts()))
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
    if (this.#lateReplies.isOn) this.#lateReplies.pass(flow.client, datagram)
    else if (hasRoom(listener)) listener.send(datagram, port, address, this.#onReplySent)
    else this.dropped()
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
    const { budget, endings, events } = this.#context
    this.#flows.delete(flow)
    this.#unsettled.delete(flow.settling)
    this.#byListener.get(flow.client.listener)?.delete(flow)
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
    if (events.watchesConnections()) endings.add(flow.facts(reason))
    if (!isCloseReason(reason)) endings.tell()
  }

  #receive(listener: Socket, flows: ClientFlows, datagram: Buffer, from: RemoteInfo): void {
    // Legal as a source (RFC 768: no reply is expected), and nothing can be sent there.
    if (from.port === 0) return this.dropped()
    this.counts.bytesFromClient += datagram.length
    this.counts.datagramsFromClient++
    let flow = flows.get(from)
    if (flow) this.#flows.touch(flow)
    else {
      flow = this.#begin(listener, from)
      if (flow === undefined) return
      flows.add(flow)
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
    const { endings, events, nextId, now } = this.#context
    this.counts.fail(reason)
    if (!events.watchesConnections()) return
    const { address, port } = listener.address()
    const nowMs = now()
    endings.add({
      ...neverOpened,
      id: nextId(),
      host: this,
      protocol: 'UDP',
      clientAddress: from.address,
      clientPort: from.port,
      entry: formatHostPort(address, port),
      sinceMs: nowMs,
      untilMs: nowMs,
      bytesFromClient: from.size,
      reason,
    })
    endings.tell()
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

  readonly #bind: SharedBind = async (address, port, onLost, isExclusive) => {
    const { gate } = this.#context
    const flows = new ClientFlows()
    const socket = await bindUdp({
      address,
      port,
      isExclusive,
      onMessage: (listener, datagram, from) => {
        if (gate.isOpen) this.#receive(listener, flows, datagram, from)
        else gate.wait(() => this.#receive(listener, flows, datagram, from))
      },
      onLost,
    })
    this.#byListener.set(socket, flows)
    return { port: socket.address().port, close: () => this.#closeListener(socket, flows) }
  }

  /** A flow's replies go through its listener: without it, or another process that has it, the flow is over. */
  #closeListener(socket: Socket, flows: ClientFlows): void {
    if (this.#lateReplies.isOn) this.#lateReplies.leave(socket)
    else for (const flow of flows) flow.close('listener-closed')
    this.#byListener.delete(socket)
    socket.close()
  }
}
