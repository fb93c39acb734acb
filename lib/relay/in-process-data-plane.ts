/** InProcessDataPlane: the data plane in this process and thread. */
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadBalancerFactory } from '../balance/load-balancer.ts'
import { LeastConnection } from '../balance/least-connection.ts'
import { RoundRobin } from '../balance/round-robin.ts'
import type { RelayOptions } from '../options.ts'
import { parsePortRange } from '../options.ts'
import { sourcePorts } from '../ephemeral-ports.ts'
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
  Legacy,
  LegacyCounts,
  ListenerStatus,
  ProxySocketSpec,
  ProxySocketStatus,
  SocketPins,
} from './data-plane.ts'
import { availableDescriptors, DescriptorBudget } from './descriptor-budget.ts'
import { Endings } from './endings.ts'
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
  /** Scheduler of each new ServicePort; default that of the options. */
  readonly loadBalancer?: LoadBalancerFactory | undefined
  /** Where listening sockets are shared with the process that comes next. Default: they are this process's alone. */
  readonly sharedPorts?: SharedPorts | undefined
  /** Clients wait until `takeOver`. Default false. */
  readonly isSuccessor?: boolean | undefined
  /** What it shares with data planes in other threads. Default: it is the only one. */
  readonly among?: AmongThreads | undefined
  /** Monotonic clock in ms; default `performance.now`. */
  readonly now?: (() => number) | undefined
  /** In [0, 1); default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** What one of several data planes, each in a thread of its own, has in common with the others. */
export interface AmongThreads {
  /** The number of this one: where its schedulers begin, so that not all begin with the same endpoint. */
  readonly index: number
  readonly budget: DescriptorBudget
  /** Knows the listeners of the others too. */
  readonly ownListeners: OwnListeners
  readonly nextId: () => number
}

/** That are handed over, of all proxy sockets together: some MB of text. */
export const mostPins = 100_000

export class InProcessDataPlane implements DataPlane {
  readonly lostWorkers = 0
  readonly #context: RelayContext
  readonly #sockets = new Map<string, ProxySocket>()
  /** Removed from the desired state, with connections that live on; where the ServicePort comes back, it has them again. */
  readonly #retired = new Map<string, ProxySocket>()
  readonly #former = new FormerCounts()
  #prepared: Promise<unknown> | undefined
  #closed: Promise<void> | undefined

  constructor({
    options,
    events,
    loadBalancer,
    sharedPorts,
    isSuccessor = false,
    among,
    now,
    random = Math.random,
  }: InProcessDataPlaneOptions) {
    let id = 0
    const Scheduler = options.scheduler === 'lc' ? LeastConnection : RoundRobin
    const portRange = options.proxyPortRange || (sharedPorts ? sharedPortRange : '')
    const reads = legReads()
    const clock = now ?? (() => performance.now())
    this.#context = {
      options,
      events,
      endings: new Endings({ tell: (info) => events.close(info), now: clock }),
      loadBalancer: loadBalancer ?? (() => new Scheduler(among?.index)),
      now: clock,
      random,
      timeouts: new TcpTimeouts(options, clock),
      reads,
      acceptedReads: new AcceptedReads(reads.client),
      budget:
        among?.budget ?? new DescriptorBudget(options.maxDescriptors || availableDescriptors()),
      ports: new PortAllocator({ range: parsePortRange(portRange), random }),
      ownListeners: among?.ownListeners ?? new OwnListeners(),
      isSourcePort: sourcePorts(),
      sharedPorts,
      reusesPorts: among !== undefined,
      gate: new Gate({ isOpen: !isSuccessor }),
      nextId: among?.nextId ?? (() => ++id),
    }
  }

  /** Finds out how accepted sockets can be read. The first `apply` does it, where it was not called before. */
  prepare(): Promise<unknown> {
    const { options, acceptedReads } = this.#context
    this.#prepared ??= options.fastReads ? acceptedReads.test() : Promise.resolve()
    return this.#prepared
  }

  async apply({ set, removed, leaving = [] }: DataPlaneChanges): Promise<void> {
    // Closed first, of all of them: what comes may want the port of what goes.
    for (const key of removed) this.#retire(key)
    for (const key of leaving) this.#sockets.get(key)?.stopListening('proxy-port')
    for (const { key, listen } of set) this.#sockets.get(key)?.keepOnly(listen)
    await this.prepare()
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
    for (const socket of this.#sockets.values()) socket.handOver(onLateReply)
    return this.#pins()
  }

  async takeOver(pins: readonly SocketPins[]): Promise<void> {
    this.#restorePins(pins)
    this.#context.gate.open()
  }

  /** The listeners of one proxy socket, in the order in which they were opened. */
  listeners(key: string): readonly ListenerStatus[] {
    return this.#sockets.get(key)?.status().listeners ?? []
  }

  /** Tells now of the connections that are over. */
  tellEndings(): void {
    this.#context.endings.tell()
  }

  /** What another data plane has to know that takes the place of this one. */
  legacy(): Legacy {
    return { counts: this.legacyCounts(), pins: this.#pins() }
  }

  legacyCounts(): readonly LegacyCounts[] {
    const byServicePort = new Map(
      this.#former.entries().map(([key, counts]) => {
        const sum = new Counts()
        sum.add(counts)
        return [key, sum]
      }),
    )
    for (const [key, { counts }] of [...this.#sockets, ...this.#retired]) {
      if (counts.opened === 0) continue
      const of = servicePortKeyOf(key)
      const sum = byServicePort.get(of) ?? new Counts()
      sum.add(counts)
      byServicePort.set(of, sum)
    }
    const used = [...byServicePort].filter(([, { opened }]) => opened > 0)
    return used.map(([servicePortKey, sum]) => ({
      servicePortKey,
      counts: sum.snapshot(),
      failedDials: [...sum.failedDials],
    }))
  }

  /** Goes on where another one was, after the first `apply`: counts and pins. */
  inherit({ counts, pins }: Legacy): void {
    for (const { servicePortKey, counts: counted, failedDials } of counts) {
      const sum = new Counts()
      sum.addSnapshot(counted)
      for (const [endpoint, times] of failedDials) sum.dialFailed(endpoint, times)
      const socket = this.#sockets.get(servicePortKey)
      if (socket === undefined) this.#former.add(servicePortKey, sum)
      else socket.counts.add(sum)
    }
    this.#restorePins(pins)
  }

  #pins(): readonly SocketPins[] {
    let left = mostPins
    return [...this.#sockets.values()]
      .flatMap((socket) => socket.pins())
      .map((of) => {
        const pins = of.pins.slice(Math.max(0, of.pins.length - left))
        left -= pins.length
        return { ...of, pins }
      })
  }

  #restorePins(pins: readonly SocketPins[]): void {
    for (const of of pins) this.#sockets.get(of.key)?.restorePins(of)
  }

  watchesChanged(): void {} // it asks each time

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
    this.tellEndings()
  }

  /** Resolves when nothing is open, at the latest after `mostMs`. */
  async #emptied(mostMs: number): Promise<void> {
    const until = this.#context.now() + mostMs
    while (this.#all().some((socket) => socket.open > 0) && this.#context.now() < until) {
      await delay(Math.min(10, mostMs))
    }
  }
}
