/**
 * Proxier: joins a source, the desired state, a data plane and a portal binder. It decides when; they decide what.
 *
 * @see kubernetes v1.25 pkg/proxy/userspace/proxier.go, which also allocates ports, writes iptables rules and holds one
 * mutex over all of it, so that traffic waits for the kernel.
 */
import { EventEmitter } from 'node:events'
import { ProxyError } from './errors.ts'
import type { Logger } from './logger.ts'
import { silentLogger } from './logger.ts'
import { DesiredState } from './model/desired-state.ts'
import { formatServicePortName } from './model/service-port-name.ts'
import type { DesiredServicePort, ServicePort } from './model/service-port.ts'
import type { ProxyOptions } from './options.ts'
import { parseOptions } from './options.ts'
import type { EphemeralPorts } from './portal/ephemeral-ports.ts'
import { ephemeralPorts as readEphemeralPorts } from './portal/ephemeral-ports.ts'
import { NonePortalBinder } from './portal/none-portal-binder.ts'
import { parseCIDRs } from './portal/parse-cidrs.ts'
import type { PortalBinder } from './portal/portal-binder.ts'
import type {
  ConnectionInfo,
  DataPlane,
  DataPlaneEvents,
  ListenerStatus,
  ProxySocketSpec,
} from './relay/data-plane.ts'
import { InProcessDataPlane } from './relay/in-process-data-plane.ts'
import type { ServiceSource, ServiceSourceListener } from './source/service-source.ts'
import type { EndpointStatus, ServiceStatus } from './status.ts'
import { endpointStatuses, serviceStatuses } from './status.ts'
import type { ProxierEvents, ProxierOptions } from './proxier-options.ts'
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
  readonly #ephemeralPorts: () => EphemeralPorts
  readonly #desired: DesiredState
  readonly #dataPlane: DataPlane
  readonly #runner: SyncRunner
  readonly #portalRunner: SyncRunner
  readonly #servicePorts = new Map<string, ServicePort>()
  /** Whether the source has told everything once. */
  #isReady = false
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(input: ProxierOptions) {
    super()
    const { source, portalBinder, loadBalancer, logger, allowLoopbackEndpoints, ...rest } = input
    const { ephemeralPorts = readEphemeralPorts, now, random, ...options } = rest
    this.options = parseOptions(options)
    this.source = source
    this.portalBinder =
      portalBinder ?? new NonePortalBinder({ bindAddress: this.options.bindAddress })
    this.#logger = logger ?? silentLogger
    this.#ephemeralPorts = ephemeralPorts
    this.#now = now ?? (() => performance.now())
    this.#desired = new DesiredState({
      allowLoopbackEndpoints: allowLoopbackEndpoints ?? true,
      externalIPCIDRs: parseCIDRs('externalIPCIDRs', this.options.externalIPCIDRs),
    })
    this.#dataPlane = new InProcessDataPlane({
      options: this.options,
      events: this.#dataPlaneEvents,
      loadBalancer,
      now,
      random,
    })
    const common = {
      onFailure: (error: unknown): void => this.#problem(asProxyError(error, 'sync')),
      minPeriodMs: this.options.minSyncPeriodMs,
      maxPeriodMs: this.options.syncPeriodMs,
      random: random ?? Math.random,
    }
    this.#runner = new SyncRunner({
      ...common,
      run: (isPeriodic) => this.#sync(isPeriodic),
    })
    this.#portalRunner = new SyncRunner({
      ...common,
      run: (isPeriodic) => this.#syncPortals(isPeriodic),
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
      this.#requestSync()
    },
    delete: (key) => {
      this.#desired.delete(key)
      this.#requestSync()
    },
    problem: (error) => this.#problem(error),
  }

  /** Before the source has told everything, a sync would program a part of it. */
  #requestSync(): void {
    if (this.#isReady) this.#runner.request()
  }

  async #sync(isPeriodic: boolean): Promise<void> {
    const begin = this.#now()
    const { set, removed } = this.#desired.takeChanges()
    for (const key of removed) this.#servicePorts.delete(key)
    const changed = set.filter((row) => this.#remember(row.servicePort))
    // Once a period all are looked at: the addresses of the node may have changed, and with them where to listen.
    const rows = isPeriodic ? this.#desired.servicePorts() : set
    await this.#dataPlane.apply({ set: rows.map((row) => this.#spec(row)), removed })
    if (removed.length > 0 || changed.length > 0) this.#portalRunner.request()
    this.emit('sync', { set: set.length, removed: removed.length, durationMs: this.#now() - begin })
  }

  /** By itself, so that no change of an endpoint ever waits for the kernel, or for a retry because the kernel said no. */
  async #syncPortals(isPeriodic: boolean): Promise<void> {
    const begin = this.#now()
    // Before anything is awaited: what is known and what the data plane has belong together.
    const servicePorts = new Map(this.#servicePorts)
    const sockets = await this.#dataPlane.stats()
    const bound = sockets.map(({ key, listeners }) => ({
      servicePort: servicePorts.get(key) as ServicePort,
      listeners: listeners.filter(({ port }) => port > 0),
    }))
    await this.portalBinder.sync(bound, { trusts: !isPeriodic })
    this.emit('portals', { durationMs: this.#now() - begin })
  }

  /** Returns whether the ServicePort itself is new or has changed: an endpoint change is no matter of the portals. */
  #remember(servicePort: ServicePort): boolean {
    const before = this.#servicePorts.get(servicePort.key)
    this.#servicePorts.set(servicePort.key, servicePort)
    if (before?.nodePort !== servicePort.nodePort) this.#checkNodePort(servicePort)
    return JSON.stringify(before) !== JSON.stringify(servicePort)
  }

  /** A port of the ephemeral range can be taken by any outgoing connection at any moment (kubernetes#111823). */
  #checkNodePort({ name, nodePort }: ServicePort): void {
    if (nodePort === 0) return
    const range = this.#ephemeralPorts()
    if (!range.has(nodePort)) return
    const servicePort = formatServicePortName(name)
    const what = `node port ${nodePort} lies in the ephemeral range ${range.text}, where any program may hold it`
    const right = `${nodePort} in net.ipv4.ip_local_reserved_ports would keep it free`
    this.#problem(
      new ProxyError('ERR_PORTAL', `${servicePort}: ${what}; ${right}`, { servicePort }),
    )
  }

  #spec({ servicePort, usable }: DesiredServicePort): ProxySocketSpec {
    return {
      key: servicePort.key,
      servicePort: formatServicePortName(servicePort.name),
      protocol: servicePort.name.protocol,
      listen: this.portalBinder.listenAddresses(servicePort),
      endpoints: usable.map(({ key, address, port }) => ({ key, address, port })),
      sessionAffinity: servicePort.sessionAffinity,
    }
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
    const { name } = this.#servicePorts.get(key) as ServicePort
    const servicePort = formatServicePortName(name)
    this.emit('listener', { servicePort, ...status })
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
