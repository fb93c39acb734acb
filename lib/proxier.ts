/**
 * Proxier: joins a source, the desired state, a data plane and a portal binder. It decides when; they decide what.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxier.go, which also allocates ports, writes iptables rules and holds one
 * mutex over all of it, so that traffic waits for the kernel.
 */
import { EventEmitter } from 'node:events'
import { networkInterfaces } from 'node:os'
import { DataPlaneSync } from './data-plane-sync.ts'
import { ProxyError } from './errors.ts'
import type { ExplainQuery } from './explain/explain-query.ts'
import type { Explanation } from './explain/explanation.ts'
import type { ConnectionStatus } from './connection-status.ts'
import { KnownServicePorts } from './known-service-ports.ts'
import type { Logger } from './logger.ts'
import { silentLogger } from './logger.ts'
import { DesiredState } from './model/desired-state.ts'
import type { Node } from './model/objects.ts'
import type { ServiceHealth } from './model/service-health.ts'
import type { ProxyOptions } from './options.ts'
import { parseOptions } from './options.ts'
import { ephemeralPorts as readEphemeralPorts } from './ephemeral-ports.ts'
import { NonePortalBinder } from './portal/none-portal-binder.ts'
import { parseCIDRs } from './portal/parse-cidrs.ts'
import type { PortalBinder } from './portal/portal-binder.ts'
import { PortalSync } from './portal-sync.ts'
import type {
  ProxierEvents,
  ProxierHealth,
  ProxierOptions,
  ProxierStats,
} from './proxier-options.ts'
import { ProxierReports } from './proxier-reports.ts'
import { ProxierSync } from './proxier-sync.ts'
import type {
  DataPlane,
  DataPlaneEvents,
  LateReply,
  ListenerStatus,
  SocketPins,
} from './relay/data-plane.ts'
import { createDataPlane } from './relay/workers/create-data-plane.ts'
import type { ServiceSource, ServiceSourceListener, SourceStatus } from './source/service-source.ts'
import type { EndpointStatus, ServiceStatus } from './status.ts'
import type { VirtualServer } from './virtual-servers.ts'

/**
 * Serves the Services of a source. Opens nothing before `start`, and nothing of it is left after `close`.
 *
 * @example
 * await using proxier = new Proxier({ source: new ManifestSource({ paths: ['shop.yaml'] }) })
 * await proxier.start()
 */
export class Proxier extends EventEmitter<ProxierEvents> {
  readonly options: ProxyOptions
  readonly source: ServiceSource
  readonly portalBinder: PortalBinder
  readonly #logger: Logger
  readonly #desired: DesiredState
  readonly #known = new KnownServicePorts()
  readonly #dataPlane: DataPlane
  readonly #dataPlaneSync: DataPlaneSync
  readonly #reports: ProxierReports
  readonly #sync: ProxierSync
  #sourceStatus: SourceStatus | undefined
  #hasSynced = false
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(input: ProxierOptions) {
    super()
    const { source, portalBinder, loadBalancer, logger, allowLoopbackEndpoints, ...rest } = input
    const { ephemeralPorts = readEphemeralPorts, interfaces = networkInterfaces, ...others } = rest
    const { sharedPorts, isSuccessor, now, random, ...options } = others
    this.options = parseOptions(options)
    this.source = source
    this.portalBinder =
      portalBinder ?? new NonePortalBinder({ bindAddress: this.options.bindAddress })
    this.#logger = logger ?? silentLogger
    this.#desired = new DesiredState({
      allowLoopbackEndpoints: allowLoopbackEndpoints ?? source.allowLoopbackEndpoints,
      externalIPCIDRs: parseCIDRs('externalIPCIDRs', this.options.externalIPCIDRs),
      serviceProxyName: this.options.serviceProxyName,
      nodeName: this.options.nodeName,
    })
    this.#dataPlane = createDataPlane({
      options: this.options,
      events: this.#dataPlaneEvents,
      loadBalancer,
      sharedPorts,
      isSuccessor,
      now,
      random,
    })
    // Told before it is done, so looked at after.
    const watchesChanged = (): void => queueMicrotask(() => this.#dataPlane.watchesChanged())
    super.on('newListener', watchesChanged).on('removeListener', watchesChanged)
    const parts = {
      dataPlane: this.#dataPlane,
      known: this.#known,
      portalBinder: this.portalBinder,
    }
    this.#dataPlaneSync = new DataPlaneSync({
      ...parts,
      desired: this.#desired,
      clusterCIDRs: this.options.clusterCIDRs,
      interfaces,
      ephemeralPorts,
      onProblem: (error) => this.#problem(error),
      onRefused: (info) => this.emit('refused', info),
    })
    this.#reports = new ProxierReports({
      ...parts,
      desired: this.#desired,
      interfaces,
      scheduler: loadBalancer === undefined ? this.options.scheduler : 'custom',
    })
    this.#sync = new ProxierSync({
      dataPlaneSync: this.#dataPlaneSync,
      portalSync: new PortalSync(parts),
      minPeriodMs: this.options.minSyncPeriodMs,
      maxPeriodMs: this.options.syncPeriodMs,
      onSync: (info) => this.emit('sync', info),
      onPortals: (info) => this.emit('portals', info),
      onFailure: (error) => this.#problem(asProxyError(error, 'sync')),
      now: now ?? (() => performance.now()),
      random: random ?? Math.random,
    })
  }

  /**
   * Reads the source and serves. Resolves when all that the source holds now was programmed, and every listener was
   * bound or tried once.
   *
   * @throws {ProxyError} ERR_SOURCE, ERR_INVALID_MANIFEST or ERR_PORTAL where there is nothing to begin with;
   * ERR_CLOSED after `close`
   */
  start(): Promise<void> {
    if (this.#closed) return Promise.reject(new ProxyError('ERR_CLOSED', 'start() after close()'))
    this.#started ??= this.#start()
    return this.#started
  }

  /**
   * Stops. Connections may end by themselves for `graceMs` (default 0), then they are reset. Idempotent; a second call
   * waits for the first.
   */
  close(options: { graceMs?: number; keepPortals?: boolean } = {}): Promise<void> {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  /**
   * Stops accepting, because another process goes on with what is returned: plain data, for its `takeOver`. Portals are
   * left as they are, and connections go on until `close`, which is to follow with `keepPortals`.
   *
   * @param onLateReply told what is for the `replyLate` of the other process
   */
  async handOver(onLateReply: (reply: LateReply) => void): Promise<readonly SocketPins[]> {
    await Promise.all([this.source.close(), this.#sync.close()])
    return this.#dataPlane.handOver(onLateReply)
  }

  /**
   * Lets in the clients that wait, after `start` with `isSuccessor`.
   *
   * @param pins what `handOver` has returned in the process before; none where that was lost
   */
  async takeOver(pins: readonly SocketPins[]): Promise<void> {
    await this.#dataPlane.takeOver(pins)
    // While both processes were there, each may have changed what the other believed in.
    await this.#sync.portalsAnew()
  }

  /** Sends a UDP reply that the process before this one has got. */
  replyLate(reply: LateReply): void {
    this.#dataPlane.replyLate(reply)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Every ServicePort, where it listens and what it counts; then what is not proxied, and why. */
  services(): Promise<ServiceStatus[]> {
    return this.#reports.services()
  }

  /** Every endpoint of every ServicePort, and why those that are left out are. */
  endpoints(): EndpointStatus[] {
    return this.#reports.endpoints()
  }

  /** Every connection and UDP flow that is open now. */
  connections(): Promise<readonly ConnectionStatus[]> {
    return this.#reports.connections(this.#closed !== undefined)
  }

  /** Every address that clients can dial now, with its endpoints and what is open to each, as IPVS has it. */
  virtualServers(): Promise<VirtualServer[]> {
    return this.#reports.virtualServers()
  }

  /**
   * What would become of a new connection of a client: whether it may come in, which endpoints it may get and why not the
   * others, and which one comes next. Changes nothing.
   *
   * @throws {ProxyError} ERR_INVALID_OPTION, ERR_MISSING_SERVICE
   */
  async explain(query: ExplainQuery): Promise<Explanation> {
    await this.#dataPlaneSync.settled
    return this.#reports.explain(query)
  }

  /** What metrics are made of. `endpoints`: also by endpoint, which means a walk through all connections. */
  async stats({ endpoints = false } = {}): Promise<ProxierStats> {
    return {
      ...(await this.#reports.stats({ endpoints })),
      changes: this.#sync.changes(),
      lastSyncMs: this.#sync.lastSyncMs,
      source: this.#sourceStatus,
    }
  }

  /** The Node this runs on, where the source has told of it. */
  get node(): Node | undefined {
    return this.#desired.node
  }

  /** Whether the source hears of changes; `undefined` where it has never said so, as files need not. */
  get sourceStatus(): SourceStatus | undefined {
    return this.#sourceStatus
  }

  /** What a load balancer may ask this node of its Services (healthCheckNodePort). */
  serviceHealth(): ServiceHealth[] {
    return this.#desired.serviceHealth()
  }

  /** Whether it does what it should: what probes ask. */
  async health(): Promise<ProxierHealth> {
    const sockets = await this.#dataPlane.stats()
    const { waitingMs } = this.#sync
    return {
      hasSynced: this.#hasSynced,
      isClosing: this.#closed !== undefined,
      lastSyncMs: this.#sync.lastSyncMs,
      waitingMs,
      isHealthy: waitingMs < 2 * this.options.syncPeriodMs,
      isNodeEligible: this.node === undefined ? !this.source.tellsNode : !this.node.isLeaving,
      unboundListeners: this.#known.unbound(sockets),
      lostWorkers: this.#dataPlane.lostWorkers,
      source: this.#sourceStatus,
    }
  }

  /** Programs what the source has told so far, now; resolves when that is done. For tests and tools. */
  sync(): Promise<void> {
    return this.#sync.now()
  }

  async #start(): Promise<void> {
    await this.portalBinder.start()
    await this.source.start(this.#sourceListener)
    await this.#sync.ready()
    this.#hasSynced = true
  }

  async #close({ graceMs = 0, keepPortals = false }: { graceMs?: number; keepPortals?: boolean }) {
    const steps = [
      () => this.source.close(),
      () => this.#sync.close(),
      () => this.#dataPlane.close({ graceMs }),
      // Last: while connections end by themselves the portals still lead here, and who comes new is refused, not lost.
      () => this.portalBinder.close({ keepPortals }),
    ]
    const faults: unknown[] = []
    for (const step of steps) await step().catch((error: unknown) => faults.push(error))
    if (faults.length > 0) throw asProxyError(faults[0], 'close')
  }

  // Only records; the runner applies. A source calls it from its own event handlers, which must neither wait nor throw.
  readonly #sourceListener: ServiceSourceListener = {
    set: (object) => {
      this.#desired.set(object)
      this.#sync.changed(object.kind)
    },
    delete: (key) => {
      this.#desired.delete(key)
      this.#sync.changed(key.kind)
    },
    problem: (error) => this.#problem(error),
    warning: (message) => this.#logger.warn({ event: 'manifest' }, message),
    status: (status) => {
      this.#sourceStatus = status
      this.emit('source', status)
    },
  }

  readonly #dataPlaneEvents: DataPlaneEvents = {
    listener: (key, status) => this.#listenerChanged(key, status),
    connection: (info) => this.emit('connection', info),
    close: (info) => this.emit('close', info),
    fault: (servicePort, cause) => {
      const message = `${servicePort}: the load balancer failed, another one answers for it: ${String(cause)}`
      this.#problem(new ProxyError('ERR_LOAD_BALANCER', message, { servicePort, cause }))
    },
    workerLost: (worker, open, cause) => {
      const { workers } = this.options
      const message = `worker ${worker + 1} of ${workers} was lost, and with it ${open} connections; another one takes its place: ${cause.message}`
      this.#problem(new ProxyError('ERR_WORKER', message, { cause }))
    },
    watchesConnections: () => this.listenerCount('connection') + this.listenerCount('close') > 0,
    watchesBeginnings: () => this.listenerCount('connection') > 0,
  }

  #listenerChanged(key: string, status: ListenerStatus): void {
    const info = this.#known.listenerInfo(key, status)
    if (info === undefined) return
    const { servicePort } = info
    this.emit('listener', info)
    if (status.error !== undefined) {
      this.#problem(
        new ProxyError('ERR_LISTEN', `${servicePort}: ${status.error}`, { servicePort }),
      )
    }
    // A listener that was bound at last has to be reached too.
    this.#sync.listenerChanged()
  }

  #problem(error: ProxyError): void {
    const { code, servicePort, message } = error
    this.#logger.warn({ event: 'problem', code, servicePort, err: error }, message)
    this.emit('problem', error)
  }
}

function asProxyError(error: unknown, what: string): ProxyError {
  if (error instanceof ProxyError) return error
  return new ProxyError('ERR_PORTAL', `${what} failed: ${String(error)}`, { cause: error })
}
