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
import { KnownServicePorts } from './known-service-ports.ts'
import type { Logger } from './logger.ts'
import { silentLogger } from './logger.ts'
import { DesiredState } from './model/desired-state.ts'
import type { Node, ObjectKind } from './model/objects.ts'
import type { ServiceHealth } from './model/service-health.ts'
import type { ProxyOptions } from './options.ts'
import { parseOptions } from './options.ts'
import { ephemeralPorts as readEphemeralPorts } from './portal/ephemeral-ports.ts'
import { NonePortalBinder } from './portal/none-portal-binder.ts'
import { parseCIDRs } from './portal/parse-cidrs.ts'
import type { PortalBinder } from './portal/portal-binder.ts'
import { PortalSync } from './portal-sync.ts'
import type { ProxierEvents, ProxierHealth, ProxierOptions } from './proxier-options.ts'
import type {
  ConnectionInfo,
  DataPlane,
  DataPlaneEvents,
  ListenerStatus,
} from './relay/data-plane.ts'
import { InProcessDataPlane } from './relay/in-process-data-plane.ts'
import type { ServiceSource, ServiceSourceListener, SourceStatus } from './source/service-source.ts'
import type { EndpointStatus, ServiceStatus } from './status.ts'
import { endpointStatuses, serviceStatuses } from './status.ts'
import { SyncRunner } from './sync-runner.ts'

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
  readonly #now: () => number
  readonly #desired: DesiredState
  readonly #known = new KnownServicePorts()
  readonly #dataPlane: DataPlane
  readonly #dataPlaneSync: DataPlaneSync
  readonly #runner: SyncRunner
  readonly #portalSync: PortalSync
  readonly #portalRunner: SyncRunner
  #sourceStatus: SourceStatus | undefined
  /** Whether the source has told everything once. */
  #isReady = false
  #hasSynced = false
  #lastSyncMs: number | undefined
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(input: ProxierOptions) {
    super()
    const { source, portalBinder, loadBalancer, logger, allowLoopbackEndpoints, ...rest } = input
    const { ephemeralPorts = readEphemeralPorts, interfaces, now, random, ...options } = rest
    this.options = parseOptions(options)
    this.source = source
    this.portalBinder =
      portalBinder ?? new NonePortalBinder({ bindAddress: this.options.bindAddress })
    this.#logger = logger ?? silentLogger
    this.#now = now ?? (() => performance.now())
    this.#desired = new DesiredState({
      allowLoopbackEndpoints: allowLoopbackEndpoints ?? source.allowLoopbackEndpoints,
      externalIPCIDRs: parseCIDRs('externalIPCIDRs', this.options.externalIPCIDRs),
      serviceProxyName: this.options.serviceProxyName,
      nodeName: this.options.nodeName,
    })
    this.#dataPlane = new InProcessDataPlane({
      options: this.options,
      events: this.#dataPlaneEvents,
      loadBalancer,
      now,
      random,
    })
    const parts = {
      dataPlane: this.#dataPlane,
      known: this.#known,
      portalBinder: this.portalBinder,
    }
    this.#dataPlaneSync = new DataPlaneSync({
      ...parts,
      desired: this.#desired,
      clusterCIDRs: this.options.clusterCIDRs,
      interfaces: interfaces ?? networkInterfaces,
      ephemeralPorts,
      onProblem: (error) => this.#problem(error),
    })
    this.#portalSync = new PortalSync(parts)
    const runner = (run: (isPeriodic: boolean) => Promise<void>): SyncRunner =>
      new SyncRunner({
        run,
        onFailure: (error) => this.#problem(asProxyError(error, 'sync')),
        minPeriodMs: this.options.minSyncPeriodMs,
        maxPeriodMs: this.options.syncPeriodMs,
        now: this.#now,
        random: random ?? Math.random,
      })
    this.#runner = runner((isPeriodic) => this.#sync(isPeriodic))
    this.#portalRunner = runner((isPeriodic) => this.#syncPortals(isPeriodic))
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Every ServicePort, where it listens and what it counts; then what is not proxied, and why. */
  async services(): Promise<ServiceStatus[]> {
    const proxied = serviceStatuses(this.#desired.servicePorts(), await this.#dataPlane.stats())
    const left = this.#desired.notProxied().map((row) => ({ ...row, notProxied: true as const }))
    return [...proxied, ...left]
  }

  /** Every endpoint of every ServicePort, and why those that are left out are. */
  endpoints(): EndpointStatus[] {
    return endpointStatuses(this.#desired.servicePorts())
  }

  /** Every connection and UDP flow that is open now. */
  async connections(): Promise<readonly ConnectionInfo[]> {
    return this.#dataPlane.connections()
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
    const waitingMs = Math.max(this.#runner.waitingMs, this.#portalRunner.waitingMs)
    return {
      hasSynced: this.#hasSynced,
      isClosing: this.#closed !== undefined,
      lastSyncMs: this.#lastSyncMs,
      waitingMs,
      isHealthy: waitingMs < 2 * this.options.syncPeriodMs,
      isNodeEligible: this.node === undefined ? !this.source.tellsNode : !this.node.isLeaving,
      unboundListeners: this.#known.unbound(sockets),
      source: this.#sourceStatus,
    }
  }

  /** Programs what the source has told so far, now; resolves when that is done. For tests and tools. */
  async sync(): Promise<void> {
    await this.#runner.now()
    await this.#portalRunner.now()
  }

  async #start(): Promise<void> {
    await this.portalBinder.start()
    await this.source.start(this.#sourceListener)
    this.#isReady = true
    await this.sync()
    this.#hasSynced = true
  }

  async #close({ graceMs = 0, keepPortals = false }: { graceMs?: number; keepPortals?: boolean }) {
    const steps = [
      () => this.source.close(),
      () => this.#runner.close(),
      () => this.#portalRunner.close(),
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
      this.#changed(object.kind)
    },
    delete: (key) => {
      this.#desired.delete(key)
      this.#changed(key.kind)
    },
    problem: (error) => this.#problem(error),
    status: (status) => {
      this.#sourceStatus = status
      this.emit('source', status)
    },
  }

  #changed(kind: ObjectKind): void {
    if (kind === 'Node') this.#dataPlaneSync.nodeChanged()
    // Before the source has told everything, a sync would program a part of it.
    if (this.#isReady) this.#runner.request()
  }

  async #sync(isPeriodic: boolean): Promise<void> {
    const begin = this.#now()
    const { set, removed, leaving, isPortalChange } = await this.#dataPlaneSync.run(isPeriodic)
    this.#portalSync.leave(leaving)
    if (isPortalChange) this.#portalRunner.request()
    this.#lastSyncMs = Date.now()
    this.emit('sync', { set, removed, durationMs: this.#now() - begin })
  }

  async #syncPortals(isPeriodic: boolean): Promise<void> {
    const begin = this.#now()
    // Half of a change is none: an entry that is not bound yet would lose its rules for a moment.
    await this.#dataPlaneSync.settled
    await this.#portalSync.run({ trusts: !isPeriodic })
    this.emit('portals', { durationMs: this.#now() - begin })
  }

  readonly #dataPlaneEvents: DataPlaneEvents = {
    listener: (key, status) => this.#listenerChanged(key, status),
    connection: (info) => this.emit('connection', info),
    close: (info) => this.emit('close', info),
    fault: (servicePort, cause) => {
      const message = `${servicePort}: the load balancer failed, another one answers for it: ${String(cause)}`
      this.#problem(new ProxyError('ERR_LOAD_BALANCER', message, { servicePort, cause }))
    },
    watchesConnections: () => this.listenerCount('connection') + this.listenerCount('close') > 0,
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
    if (this.#isReady) this.#portalRunner.request()
  }

  #problem(error: ProxyError): void {
    this.#logger.warn({ event: 'problem', code: error.code, err: error }, error.message)
    this.emit('problem', error)
  }
}

function asProxyError(error: unknown, what: string): ProxyError {
  if (error instanceof ProxyError) return error
  return new ProxyError('ERR_PORTAL', `${what} failed: ${String(error)}`, { cause: error })
}
