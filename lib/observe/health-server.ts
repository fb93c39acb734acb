/**
 * HealthServer: what probes ask of one Proxier, over HTTP.
 *
 * `/healthz` is for load balancers: whether to send traffic to this node (KEP-3836). `/livez` is for whoever restarts a
 * process that is stuck. `/readyz`, which kube-proxy has not, is for rollouts: whether all that is wanted is served. What
 * is answered may be a second old.
 *
 * @see kubernetes v1.34 pkg/proxy/healthcheck/proxy_health.go. Its `/healthz` says nothing of closing: there the kernel
 * serves on when the process is gone, and here nobody does.
 */
import type { Proxier } from '../proxier.ts'
import type { ProxierHealth } from '../proxier-options.ts'
import type { SharedPorts } from '../shared-ports.ts'
import type { JSONAnswer } from './json-answer.ts'
import { notFound } from './json-answer.ts'
import type { JSONRequest } from './json-server.ts'
import { JSONServer } from './json-server.ts'
import type { Probe } from './observed-events.ts'
import { RecentHealth } from './recent-health.ts'

export interface HealthServerOptions {
  readonly proxier: Pick<Proxier, 'health'>
  /** Default 0.0.0.0: load balancers ask from outside. */
  readonly address?: string
  /** Default 10256, as kube-proxy's; 0 is any free port. */
  readonly port?: number
  /** Told of every answer. Default: nobody. */
  readonly onAnswer?: ((probe: Probe, status: number) => void) | undefined
  /** In ms since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** Where the listening socket is shared with the process that comes next. */
  readonly sharedPorts?: SharedPorts | undefined
}

export class HealthServer {
  readonly #health: RecentHealth
  readonly #now: () => number
  readonly #onAnswer: (probe: Probe, status: number) => void
  readonly #server: JSONServer

  constructor(options: HealthServerOptions) {
    const { proxier, address = '0.0.0.0', port = 10256, now, sharedPorts, onAnswer } = options
    this.#now = now ?? Date.now
    this.#onAnswer = onAnswer ?? (() => {})
    this.#health = new RecentHealth(proxier, this.#now)
    const answer = (request: JSONRequest) => this.#answer(request)
    this.#server = new JSONServer({ name: 'health server', address, port, sharedPorts, answer })
  }

  /** The port that is bound; 0 where none is. */
  get port(): number {
    return this.#server.port
  }

  /** May be called before the Proxier is started. @throws {ProxyError} ERR_LISTEN; may be called again */
  start(): Promise<void> {
    return this.#server.start()
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#server.close()
  }

  /** Whatever the method is, as kube-proxy does. */
  async #answer({ path }: JSONRequest): Promise<JSONAnswer> {
    const probe = probes.get(path)
    if (probe === undefined) return notFound(path, probes.keys())
    const { isGood, body } = probe(await this.#health.get(), this.#now())
    const status = isGood ? 200 : 503
    this.#onAnswer(path.slice(1) as Probe, status)
    return { status, body: JSON.stringify(body) }
  }
}

interface Finding {
  readonly isGood: boolean
  readonly body: object
}

const probes: ReadonlyMap<string, (health: ProxierHealth, nowMs: number) => Finding> = new Map([
  ['/healthz', healthz],
  ['/livez', livez],
  ['/readyz', readyz],
])

function healthz(health: ProxierHealth, nowMs: number): Finding {
  const nodeEligible = health.isNodeEligible && !health.isClosing
  const isGood = health.isHealthy && nodeEligible
  return { isGood, body: { ...times(health, nowMs, isGood), nodeEligible, ...status(health) } }
}

function livez(health: ProxierHealth, nowMs: number): Finding {
  const isGood = health.isHealthy
  return { isGood, body: { ...times(health, nowMs, isGood), ...status(health) } }
}

/** Old readers take a `lastUpdated` that is long ago for bad news; so it is now, unless the news is bad. */
function times({ lastSyncMs }: ProxierHealth, nowMs: number, isGood: boolean): object {
  return { lastUpdated: timeOf(isGood ? nowMs : lastSyncMs), currentTime: timeOf(nowMs) }
}

/** One sync serves both families; before the first one there is no status of either. */
function status({ isHealthy: healthy, lastSyncMs }: ProxierHealth): object {
  if (lastSyncMs === undefined) return { healthy }
  const family = { lastUpdated: timeOf(lastSyncMs), healthy }
  return { healthy, status: { IPv4: family, IPv6: family } }
}

/** Never is Go's zero time, which readers of kube-proxy know. */
function timeOf(ms: number | undefined): string {
  return ms === undefined ? '0001-01-01T00:00:00Z' : new Date(ms).toISOString()
}

/** A source that hears nothing new does not matter: what was known is served, and a restart would forget it. */
function readyz(health: ProxierHealth, nowMs: number): Finding {
  const { hasSynced, isClosing, lostWorkers, source } = health
  const unboundListeners = health.unboundListeners.map(({ servicePort, role, address, error }) => ({
    servicePort,
    role,
    address,
    error: error ?? 'not tried yet',
  }))
  const ready = hasSynced && !isClosing && unboundListeners.length === 0 && lostWorkers === 0
  const lost = lostWorkers > 0 && { lostWorkers }
  const currentTime = timeOf(nowMs)
  return {
    isGood: ready,
    body: { currentTime, ready, hasSynced, isClosing, unboundListeners, ...lost, source },
  }
}
