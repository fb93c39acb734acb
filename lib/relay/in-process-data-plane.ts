/** InProcessDataPlane: the data plane in this process and thread. */
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadBalancerFactory } from '../balance/load-balancer.ts'
import { RoundRobin } from '../balance/round-robin.ts'
import type { RelayOptions } from '../options.ts'
import { parsePortRange } from '../options.ts'
import { adaptiveReads } from './adaptive-reads.ts'
import type {
  ConnectionInfo,
  DataPlane,
  DataPlaneChanges,
  DataPlaneEvents,
  ProxySocketSpec,
  ProxySocketStatus,
} from './data-plane.ts'
import { availableDescriptors, DescriptorBudget } from './descriptor-budget.ts'
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
  /** Monotonic clock in ms; default `performance.now`. */
  readonly now?: (() => number) | undefined
  /** In [0, 1); default `Math.random`. */
  readonly random?: (() => number) | undefined
}

export class InProcessDataPlane implements DataPlane {
  readonly #context: RelayContext
  readonly #sockets = new Map<string, ProxySocket>()
  /** Removed from the desired state, with connections that live on; where the ServicePort comes back, it has them again. */
  readonly #retired = new Map<string, ProxySocket>()
  #closed: Promise<void> | undefined

  constructor({
    options,
    events,
    loadBalancer,
    now,
    random = Math.random,
  }: InProcessDataPlaneOptions) {
    let id = 0
    const clock = now ?? (() => performance.now())
    this.#context = {
      options,
      events,
      loadBalancer: loadBalancer ?? (() => new RoundRobin()),
      now: clock,
      random,
      timeouts: new TcpTimeouts(options, clock),
      reads: adaptiveReads(),
      budget: new DescriptorBudget(options.maxDescriptors || availableDescriptors()),
      ports: new PortAllocator({ range: parsePortRange(options.proxyPortRange), random }),
      ownListeners: new OwnListeners(),
      nextId: () => ++id,
    }
  }

  async apply({ set, removed, leaving = [] }: DataPlaneChanges): Promise<void> {
    // Removed first: what comes may want the address of what goes.
    for (const key of removed) this.#retire(key)
    for (const key of leaving) this.#sockets.get(key)?.stopListening('proxy-port')
    await Promise.all(set.map((spec) => this.#set(spec)))
  }

  async stats(): Promise<readonly ProxySocketStatus[]> {
    return [...this.#sockets.values()].map((socket) => socket.status())
  }

  async connections(): Promise<readonly ConnectionInfo[]> {
    return this.#all().flatMap((socket) => socket.connections())
  }

  close({ graceMs }: { graceMs: number }): Promise<void> {
    this.#closed ??= this.#drain(graceMs)
    return this.#closed
  }

  async #set(spec: ProxySocketSpec): Promise<void> {
    let socket = this.#sockets.get(spec.key) ?? this.#retired.get(spec.key)
    if (socket === undefined) {
      const Kind = spec.protocol === 'TCP' ? TcpProxySocket : UdpProxySocket
      socket = new Kind({ context: this.#context, spec })
    }
    this.#retired.delete(spec.key)
    this.#sockets.set(spec.key, socket)
    await socket.update(spec)
  }

  #retire(key: string): void {
    const socket = this.#sockets.get(key)
    if (socket === undefined) return
    this.#sockets.delete(key)
    socket.stopListening()
    for (const [other, retired] of this.#retired)
      if (retired.open === 0) this.#retired.delete(other)
    if (socket.open > 0) this.#retired.set(key, socket)
  }

  #all(): ProxySocket[] {
    return [...this.#sockets.values(), ...this.#retired.values()]
  }

  async #drain(graceMs: number): Promise<void> {
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
