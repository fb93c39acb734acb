/**
 * ObservedEvents: counts what a Proxier tells by events, and what is told of probes: a handful a second at most.
 */
import { Histogram } from '../histogram.ts'
import type { ProxyError } from '../errors.ts'
import type { Proxier } from '../proxier.ts'
import type { SyncInfo } from '../proxier-options.ts'

/** 1 ms to 16.384 s. @see kubernetes v1.34 pkg/proxy/metrics/metrics.go SyncProxyRulesLatency */
export const syncBoundsMs: readonly number[] = Object.freeze(
  Array.from({ length: 15 }, (_, n) => 2 ** n),
)

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, n) => first + n * step)
}

/** @see kubernetes v1.34 pkg/proxy/metrics/metrics.go NetworkProgrammingLatency */
export const programmingBoundsMs: readonly number[] = Object.freeze(
  [...range(0, 0.5, 0.25), ...range(1, 59, 1), ...range(60, 115, 5), ...range(120, 300, 30)].map(
    (seconds) => seconds * 1000,
  ),
)

export const probes = ['healthz', 'livez', 'readyz'] as const
export type Probe = (typeof probes)[number]

export type ObservedProxier = Pick<Proxier, 'on' | 'off' | 'stats'>

export class ObservedEvents {
  readonly syncMs = new Histogram(syncBoundsMs)
  readonly portalSyncMs = new Histogram(syncBoundsMs)
  readonly programmingMs = {
    IPv4: new Histogram(programmingBoundsMs),
    IPv6: new Histogram(programmingBoundsMs),
  } as const
  readonly #problems = new Map<string, number>()
  readonly #probes = new Map<string, number>()
  readonly #proxier: ObservedProxier

  constructor(proxier: ObservedProxier) {
    this.#proxier = proxier
    proxier.on('sync', this.#onSync)
    proxier.on('portals', this.#onPortals)
    proxier.on('problem', this.#onProblem)
  }

  close(): void {
    this.#proxier.off('sync', this.#onSync)
    this.#proxier.off('portals', this.#onPortals)
    this.#proxier.off('problem', this.#onProblem)
  }

  /** A probe was answered with a status of HTTP. */
  probed(probe: Probe, status: number): void {
    const key = `${probe} ${status}`
    this.#probes.set(key, this.probes(probe, status) + 1)
  }

  /** How often a probe was answered with this status. */
  probes(probe: Probe, status: number): number {
    return this.#probes.get(`${probe} ${status}`) ?? 0
  }

  /** Problems by code. */
  get problems(): ReadonlyMap<string, number> {
    return this.#problems
  }

  readonly #onSync = ({ durationMs, networkProgramming }: SyncInfo): void => {
    this.syncMs.observe(durationMs)
    for (const { family, durationMs } of networkProgramming) {
      this.programmingMs[family].observe(durationMs)
    }
  }

  readonly #onPortals = ({ durationMs }: { readonly durationMs: number }): void => {
    this.portalSyncMs.observe(durationMs)
  }

  readonly #onProblem = ({ code }: ProxyError): void => {
    this.#problems.set(code, (this.#problems.get(code) ?? 0) + 1)
  }
}
