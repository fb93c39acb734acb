/**
 * Metrics: what one Proxier and this process count, as text for Prometheus.
 *
 * It holds no count of connections: those are read when somebody asks, all of one moment, and so the hot path pays for
 * them once. The client library is loaded only then, and has a registry of its own for each Metrics.
 */
import type { Metric, Registry } from '@prometheus-io/client'
import { kubeProxyMetrics } from './metrics-kube-proxy.ts'
import { connectionMetrics, servicePortLabels } from './metrics-connections.ts'
import { stateMetrics } from './metrics-state.ts'
import { toldMetrics } from './metrics-told.ts'
import type { MetricDefinition, Reading } from './metric.ts'
import type { ObservedProxier, Probe } from './observed-events.ts'
import { ObservedEvents } from './observed-events.ts'
import { ProcessReader } from './process-reading.ts'

/** All metrics, in the order in which they are told. */
export const metricDefinitions: readonly MetricDefinition[] = Object.freeze([
  ...kubeProxyMetrics,
  ...connectionMetrics,
  ...stateMetrics,
  ...toldMetrics,
])

export interface MetricsOptions {
  readonly proxier: ObservedProxier
  /** Of the program, for `userspace_proxy_build_info`. Default `''`. */
  readonly version?: string
  /** Whether each endpoint has series of its own. Default false: there may be 100,000. */
  readonly perEndpoint?: boolean
  /** Endpoints that have at most. Default 1000; how many are left out is a metric too. */
  readonly maxEndpoints?: number
  /** A ConnectionLog. Default: none. */
  readonly connectionLog?: Reading['connectionLog']
  /** KubernetesEvents. Default: none. */
  readonly kubernetesEvents?: Reading['kubernetesEvents']
}

const defaults = { version: '', perEndpoint: false, maxEndpoints: 1000 }

export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

export class Metrics {
  readonly #options: MetricsOptions & typeof defaults
  readonly #events: ObservedEvents
  readonly #process = new ProcessReader()
  #registry: Promise<Registry> | undefined
  /** Set and read in one turn. */
  #reading: Reading | undefined

  /** Begins to count: to be made before the Proxier is started. */
  constructor(options: MetricsOptions) {
    this.#options = { ...defaults, ...options }
    this.#events = new ObservedEvents(options.proxier)
  }

  /** A probe was answered with a status of HTTP. */
  probed(probe: Probe, status: number): void {
    this.#events.probed(probe, status)
  }

  /** All metrics as of now. */
  async text(): Promise<MetricsText> {
    this.#registry ??= this.#createRegistry()
    const registry = await this.#registry
    const { proxier, perEndpoint, maxEndpoints, version, connectionLog, kubernetesEvents } =
      this.#options
    const stats = await proxier.stats({ endpoints: perEndpoint })
    const process = this.#process.read()
    this.#reading = {
      stats,
      events: this.#events,
      process,
      version,
      maxEndpoints,
      labelsOf: servicePortLabels(),
      connectionLog,
      kubernetesEvents,
    }
    // Reads every metric before it returns, and so from this reading, whoever else may ask at the same time.
    const text = registry.metrics()
    return { contentType: registry.contentType, text: await text }
  }

  /** Stops counting. Idempotent. */
  close(): void {
    this.#events.close()
    this.#process.close()
  }

  async #createRegistry(): Promise<Registry> {
    const { Registry } = await import('@prometheus-io/client')
    const registry = new Registry()
    for (const { read, name, help, type } of metricDefinitions) {
      const get = () => ({ name, help, type, values: [...read(this.#reading as Reading)] })
      // What the registry asks of a metric; its own classes would keep every series a second time.
      registry.registerMetric({ name, get } as unknown as Metric<string>)
    }
    return registry
  }
}
