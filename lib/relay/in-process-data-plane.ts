/** InProcessDataPlane: the data plane in this process and thread. */
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadBalancerFactory } from '../balance/load-balancer.ts'
import { RoundRobin } from '../balance/round-robin.ts'
import type { RelayOptions } from '../options.ts'
import { parsePortRange } from '../options.ts'
import { sourcePorts } from '../portal/ephemeral-ports.ts'
import type { SharedPorts } from '../shared-ports.ts'
import { sharedPortRange } from '../shared-ports.ts'
import { servicePortKeyOf } from '../model/entry.ts'
import { AcceptedReads } from './accepted-reads.ts'
import { Counts } from './counts.ts'
import type {
  ClientView,
  ConnectionInfo,
  DataPlane,
  DataPlaneChanges,
  DataPlaneEvents,
  DataPlaneTotals,
  EndpointCounts,
  LateReply,
  ProxySocketSpec,
  ProxySocketStatus,
  SocketPins,
} from './data-plane.ts'
import { availableDescriptors, DescriptorBudget } from './descriptor-budget.ts'
import { FormerCounts } from './former-counts.ts'
import { Gate } from './gate.ts'
import { legReads } from './leg-reads.ts'
import { OwnListeners } from './own-listeners.ts'
import { PortAllocator } from './port-allocator.ts'
import type { ProxySocket } from './proxy-socket.ts'
import type { RelayContext } from './relay-context.ts'
import { TcpProxySocket } from './tcp-proxy-socket.ts'
import { TcpTimeouts } from './tcp-timeouts.ts'
import { UdpProxySocket } from './udp-proxy-socket.ts'

export interface InProcessDataPlaneOptions {
  readonly options: RelayOptions
  readonly events: DataPlaneEvents
  /** Scheduler of each new ServicePort; default round robin. */
  readonly loadBalancer?: LoadBalancerFactory | undefined
  /** Where listening sockets are shared with the process that comes next. Default: they are this process's alone. */
  readonly sharedPorts?: SharedPorts | undefined
  /** Clients wait until `takeOver`. Default false. */
  readonly isSuccessor?: boolean | undefined
  /** Monotonic clock in ms; default `performance.now`. */
  readonly now?: (() => number) | undefined
  /** In [0, 1); default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** That are handed over, of all proxy sockets together: some MB of text. */
const mostPins = 100_000

export class InProcessDataPlane implements DataPlane {
  readonly #context: RelayContext
  readonly #sockets = new Map<string, ProxySocket>()
  /** Removed from the desired state, with connections that live on; where the ServicePort comes back, it has them again. */
  readonly #retired = new Map<string, ProxySocket>()
  readonly #former = new FormerCounts()
  #tested: Promise<boolean> | undefined
  #closed: Promise<void> | undefined

  constructor({
    options,
    events,
    loadBalancer,
    sharedPorts,
    isSuccessor = false,
    now,
    random = Math.random,
  }: InProcessDataPlaneOptions) {
    let id = 0
    const portRange = options.proxyPortRange || (sharedPorts ? sharedPortRange : '')
    const reads = legReads()
    const clock = now ?? (() => performance.now())
    this.#context = {
      options,
      events,
      loadBalancer: loadBalancer ?? (() => new RoundRobin()),
      now: clock,
      random,
      timeouts: new TcpTimeouts(options, clock),
      reads,
      acceptedReads: new AcceptedReads(reads.client),
      budget: new DescriptorBudget(options.maxDescriptors || availableDescriptors()),
      ports: new PortAllocator({ range: parsePortRange(portRange), random }),
      ownListeners: new OwnListeners(),
      isSourcePort: sourcePorts(),
      sharedPorts,
      gate: new Gate({ isOpen: !isSuccessor }),
      nextId: () => ++id,
    }
  }

  async apply({ set, removed, leaving = [] }: DataPlaneChanges): Promise<void> {
    // Removed first: what comes may want the address of what goes.
    for (const key of removed) this.#retire(key)
    for (const key of leaving) this.#sockets.get(key)?.stopListening('proxy-port')
    this.#tested ??= this.#context.acceptedReads.test()
    await this.#tested
    await Promise.all(set.map((spec) => this.#set(spec)))
  }

  async stats(): Promise<readonly ProxySocketStatus[]> {
    return this.#all().map((socket) => socket.status())
  }

  async totals(): Promise<DataPlaneTotals> {
    const { budget } = this.#context
    const sum = new Counts()
    for (const { counts } of this.#all()) sum.add(counts)
    this.#former.addTo(sum)
    return { counts: sum.snapshot(), descriptors: { used: budget.taken, limit: budget.limit } }
  }

  async endpointCounts(): Promise<readonly EndpointCounts[]> {
    return this.#all().flatMap((socket) => socket.endpointCounts())
  }

  async connections(): Promise<readonly ConnectionInfo[]> {
    return this.#all().flatMap((socket) => socket.connections())
  }

  async explain(key: string, clientAddress: string): Promise<ClientView | undefined> {
    return this.#sockets.get(key)?.explain(clientAddress)
  }

  async handOver(onLateReply: (reply: LateReply) => void): Promise<readonly SocketPins[]> {
    const sockets = [...this.#sockets.values()]
    for (const socket of sockets) socket.handOver(onLateReply)
    let left = mostPins
    return sockets
      .flatMap((socket) => socket.pins())
      .map((of) => {
        const pins = of.pins.slice(Math.max(0, of.pins.length - left))
        left -= pins.length
        return { ...of, pins }
      })
  }

  async takeOver(pins: readonly SocketPins[]): Promise<void> {
    for (const of of pins) this.#sockets.get(of.key)?.restorePins(of)
    this.#context.gate.open()
  }

  replyLate(reply: LateReply): void {
    this.#sockets.get(reply.key)?.replyLate?.(reply)
  }

  close({ graceMs }: { graceMs: number }): Promise<void> {
    this.#closed ??= this.#drain(graceMs)
    return this.#closed
  }

  async #set(spec: ProxySocketSpec): Promise<void> {
    const socket = this.#sockets.get(spec.key) ?? this.#begin(spec)
    this.#sockets.set(spec.key, socket)
    await socket.update(spec)
  }

  /** A proxy socket for a ServicePort that is new, or comes back. */
  #begin(spec: ProxySocketSpec): ProxySocket {
    let socket = this.#retired.get(spec.key)
    if (socket === undefined) {
      const Kind = spec.protocol === 'TCP' ? TcpProxySocket : UdpProxySocket
      socket = new Kind({ context: this.#context, spec })
    }
    this.#retired.delete(spec.key)
    const former = this.#former.take(spec.key)
    if (former !== undefined) socket.counts.add(former)
    return socket
  }

  #retire(key: string): void {
    const socket = this.#sockets.get(key)
    if (socket === undefined) return
    this.#sockets.delete(key)
    socket.stopListening()
    this.#retired.set(key, socket)
    for (const [key, { open, counts }] of this.#retired) {
      if (open > 0) continue
      this.#retired.delete(key)
      // An entry may go while its ServicePort stays, which goes on with what it has counted.
      const heir = this.#sockets.get(servicePortKeyOf(key))
      if (heir === undefined) this.#former.add(servicePortKeyOf(key), counts)
      else heir.counts.add(counts)
    }
  }

  #all(): ProxySocket[] {
    return [...this.#sockets.values(), ...this.#retired.values()]
  }

  async #drain(graceMs: number): Promise<void> {
    this.#context.gate.open()
    for (const socket of this.#sockets.values()) socket.stopListening()
    await this.#emptied(graceMs)
    for (const socket of this.#all()) socket.abort()
    // A reset socket is closed in the next turn; a second is an age for that, and no socket can outstay it.
    await this.#emptied(1000)
  }

  /** Resolves when nothing is open, at the latest after `mostMs`. */
  async #emptied(mostMs: number): Promise<void> {
    const until = this.#context.now() + mostMs
    while (this.#all().some((socket) => socket.open > 0) && this.#context.now() < until) {
      await delay(Math.min(10, mostMs))
    }
  }
}
