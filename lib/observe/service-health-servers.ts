/**
 * ServiceHealthServers: an HTTP server for each Service that has a healthCheckNodePort, so that load balancers send its
 * traffic only to nodes that have endpoints of it.
 *
 * Follows a Proxier: a Service that comes is served, one that goes is closed, and the counts are those of its last sync.
 *
 * @see kubernetes v1.34 pkg/proxy/healthcheck/service_health.go, which looks up the addresses of the node once, and
 * tries a port that is taken again at the next sync only
 */
import type { IPFamily } from '../address.ts'
import type { ProxyError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { silentLogger } from '../logger.ts'
import type { ServiceHealth } from '../model/service-health.ts'
import { serviceKey } from '../model/service-port-name.ts'
import type { LocalAddressesOptions } from '../portal/local-addresses.ts'
import { LocalAddresses } from '../portal/local-addresses.ts'
import type { Proxier } from '../proxier.ts'
import { SyncRunner } from '../sync-runner.ts'
import type { SharedPorts } from '../shared-ports.ts'
import { RecentHealth } from './recent-health.ts'
import { ServiceHealthServer } from './service-health-server.ts'

/** What is asked of a Proxier. */
export interface ServiceHealthProxier extends Pick<Proxier, 'health' | 'serviceHealth'> {
  on(event: 'sync', listener: () => void): unknown
  off(event: 'sync', listener: () => void): unknown
}

/** A port that cannot be bound; it is tried again. */
export interface ServiceHealthFailure {
  readonly namespace: string
  readonly name: string
  /** What is wrong, for people. */
  readonly message: string
}

/** With `nodeportAddresses` as the Proxier's portal binder has them; default `['all']`. */
export interface ServiceHealthServersOptions extends LocalAddressesOptions {
  readonly proxier: ServiceHealthProxier
  /** Told once of a port that cannot be bound, and once when it was at last. Default: silence. */
  readonly logger?: Logger
  /** Called once for each fault of a Service's port. */
  readonly onFailure?: ((failure: ServiceHealthFailure) => void) | undefined
  /** Where listening sockets are shared with the process that comes next. */
  readonly sharedPorts?: SharedPorts | undefined
  /** Monotonic clock in ms. Default `performance.now`. */
  readonly now?: () => number
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number
}

const wildcards: readonly (readonly [IPFamily, string])[] = [
  ['IPv4', '0.0.0.0'],
  ['IPv6', '::'],
]

/** Syncs can be many; nobody waits for a port for so short a time, in ms. */
const minPeriodMs = 250

/** The addresses of the node are looked up again so often, in ms. */
const maxPeriodMs = 30_000

export class ServiceHealthServers {
  readonly #proxier: ServiceHealthProxier
  readonly #health: RecentHealth
  readonly #logger: Logger
  readonly #sharedPorts: SharedPorts | undefined
  readonly #onFailure: ((failure: ServiceHealthFailure) => void) | undefined
  readonly #addresses: LocalAddresses
  readonly #runner: SyncRunner
  /** As of the last sync, by key of the Service; and so are all other maps. */
  #wanted: ReadonlyMap<string, ServiceHealth> = new Map()
  readonly #servers = new Map<string, ServiceHealthServer>()
  /** Why a server does not listen where it should; `''` while it was not tried. Those that do are not in it. */
  readonly #problems = new Map<string, string>()

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(options: ServiceHealthServersOptions) {
    const { proxier, logger, onFailure, random, ...others } = options
    const { now = () => performance.now(), sharedPorts, ...addresses } = others
    this.#sharedPorts = sharedPorts
    this.#proxier = proxier
    this.#health = new RecentHealth(proxier, now)
    this.#logger = logger ?? silentLogger
    this.#onFailure = onFailure
    this.#addresses = new LocalAddresses(addresses)
    this.#runner = new SyncRunner({
      run: (isPeriodic) => this.#sync(isPeriodic),
      onFailure: (error) => this.#logger.debug({ event: 'service-health' }, String(error)),
      minPeriodMs,
      maxPeriodMs,
      now,
      random: random ?? Math.random,
    })
  }

  /** To be called once. Resolves when every port that is wanted now was bound or tried once. */
  async start(): Promise<void> {
    this.#proxier.on('sync', this.#follow)
    this.#look()
    await this.#runner.now()
  }

  /** Idempotent; nothing listens any more. */
  async close(): Promise<void> {
    this.#proxier.off('sync', this.#follow)
    await this.#runner.close()
    for (const server of this.#servers.values()) await server.close()
  }

  readonly #follow = (): void => {
    this.#look()
    this.#runner.request()
  }

  #look(): void {
    this.#wanted = new Map(this.#proxier.serviceHealth().map((row) => [serviceKey(row), row]))
  }

  async #sync(isPeriodic: boolean): Promise<void> {
    const wanted = this.#wanted
    // First: a port may go from one Service to another.
    for (const [key, server] of this.#servers) {
      if (wanted.get(key)?.healthCheckNodePort === server.port) continue
      this.#servers.delete(key)
      this.#problems.delete(key)
      await server.close()
    }
    for (const [key, row] of wanted) {
      if (this.#servers.has(key)) continue
      this.#servers.set(key, this.#createServer(key, row))
      this.#problems.set(key, '')
    }
    const due = [...this.#servers].filter(([key]) => isPeriodic || this.#problems.has(key))
    if (due.length === 0) return
    const addresses = this.#listenAddresses()
    for (const [key, server] of due) await this.#listen(key, server, addresses)
    const { size } = this.#problems
    if (size > 0) throw new Error(`${size} ports for health checks are tried again`)
  }

  #createServer(key: string, { namespace, name, healthCheckNodePort }: ServiceHealth) {
    const ask = async () => {
      const { isHealthy, isClosing } = await this.#health.get()
      const { localEndpoints = 0 } = this.#wanted.get(key) ?? {}
      // A proxy that is closing takes no connections any more, whatever it still relays.
      return { localEndpoints, serviceProxyHealthy: isHealthy && !isClosing }
    }
    return new ServiceHealthServer({
      namespace,
      name,
      port: healthCheckNodePort,
      ask,
      sharedPorts: this.#sharedPorts,
    })
  }

  /** Where a family may be asked on all addresses there is one listener for them, if there is an address at all. */
  #listenAddresses(): readonly string[] {
    this.#addresses.refresh()
    return wildcards.flatMap(([family, wildcard]) => {
      const { all, addresses } = this.#addresses.nodeportAddresses(family)
      return all && addresses.length > 0 ? [wildcard] : addresses
    })
  }

  async #listen(key: string, server: ServiceHealthServer, addresses: readonly string[]) {
    const before = this.#problems.get(key)
    try {
      await server.listen(addresses)
      this.#problems.delete(key)
      if (before) {
        const message = `healthcheck "${key}" on port ${server.port} is started`
        this.#logger.info({ event: 'service-health', service: key }, message)
      }
    } catch (error) {
      const { code, message } = error as ProxyError
      this.#problems.set(key, message)
      const reason = 'FailedToStartServiceHealthcheck'
      const fields = { event: 'service-health', reason, service: key, code }
      if (message === before) return
      this.#logger.warn(fields, `${message}; tried again`)
      const [namespace = '', name = ''] = key.split('/')
      this.#onFailure?.({ namespace, name, message })
    }
  }
}
