/**
 * KubernetesSource: Services, their endpoints and the own Node, from a cluster.
 *
 * At the start it waits for the API server for as long as that takes: a node boots before its API server. Later the loss
 * of the server changes nothing that works. What cannot be had is told as a status, once, and tried again for ever.
 */
import { ProxyError } from '../errors.ts'
import { dnsSubdomain, labelValue, type TextRule } from '../model/dns-name.ts'
import type { ObjectKey } from '../model/objects.ts'
import { invalidOption } from '../options.ts'
import { findEndpointsAPI } from './find-endpoints-api.ts'
import { openKubernetesClient, type KubernetesClient } from './kubernetes-client.ts'
import { KubernetesHealth } from './kubernetes-health.ts'
import { KubernetesRecords, type ObjectVersion } from './kubernetes-records.ts'
import { KubernetesReflector } from './kubernetes-reflector.ts'
import { endpointsResource, nodeResource, serviceResource } from './kubernetes-resources.ts'
import { RetryPauses } from './retry-pauses.ts'
import type { ServiceSource, ServiceSourceListener } from './service-source.ts'

/** Which cluster: exactly one of `kubeconfig`, `inCluster` and `client`. */
export interface KubernetesSourceOptions {
  /** Path of a kubeconfig file. */
  readonly kubeconfig?: string
  /** A context of the kubeconfig. Default: its current one. */
  readonly context?: string
  /** Uses the service account of the pod that this runs in. Default false. */
  readonly inCluster?: boolean
  /** Makes the requests; for tests and for those who have their own way to a server. */
  readonly client?: KubernetesClient
  /** Variables that may name a proxy, HTTPS_PROXY and NO_PROXY, for clusters without a `proxy-url`. Default: none. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>
  /** The node whose zone and addresses are to be known. Default `''`: no Node is watched. */
  readonly nodeName?: string
  /**
   * Takes only Services with the label `service.kubernetes.io/service-proxy-name` of this value. Default `''`:
   * those that do not have that label.
   */
  readonly serviceProxyName?: string
  /** Objects in one page of a list, where the server pages. Default 500, as client-go. */
  readonly pageSize?: number
  /**
   * A watch that hears nothing for so long, in ms, not even a bookmark, is opened again where it was. Default 90000:
   * servers send a bookmark about once a minute, and a connection that was lost without a word is as silent as a quiet
   * cluster. A server that sends no bookmarks gets one more request for each resource in that time.
   */
  readonly silenceMs?: number
  /** ms since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number
}

export class KubernetesSource implements ServiceSource {
  readonly #options: KubernetesSourceOptions
  readonly #pageSize: number
  readonly #silenceMs: number
  readonly #now: () => number
  readonly #random: () => number
  readonly #closing = new AbortController()
  #description: string
  #client: KubernetesClient | undefined
  /** By kind. */
  readonly #records = new Map<string, KubernetesRecords>()
  readonly #running: Promise<void>[] = []

  /** @throws {ProxyError} ERR_INVALID_OPTION */
  constructor(options: KubernetesSourceOptions) {
    const {
      nodeName = '',
      serviceProxyName = '',
      pageSize = 500,
      silenceMs = 90_000,
      now,
      random,
    } = options
    this.#description = describe(options)
    checkText('nodeName', nodeName, dnsSubdomain)
    checkText('serviceProxyName', serviceProxyName, labelValue)
    this.#options = options
    this.#pageSize = integer('pageSize', pageSize, 1, 100_000)
    this.#silenceMs = integer('silenceMs', silenceMs, 1_000, 3_600_000)
    this.#now = now ?? Date.now
    this.#random = random ?? Math.random
  }

  get tellsNode(): boolean {
    return this.#options.nodeName !== undefined && this.#options.nodeName !== ''
  }

  /** `kubeconfig ./admin.conf`; once it has started with the server and the API that tells endpoints. */
  get description(): string {
    return this.#description
  }

  /** Makes its requests, and may make others; `undefined` before it has started. */
  get client(): KubernetesClient | undefined {
    return this.#client
  }

  /** Which object it is that was told of; `undefined` where there is none. */
  versionOf(key: ObjectKey): ObjectVersion | undefined {
    return this.#records.get(key.kind)?.versionOf(key)
  }

  /**
   * Lists and begins to watch. To be called once. While the server cannot be reached, or says no, it waits; the listener
   * is told so through `status`.
   *
   * @throws {ProxyError} ERR_SOURCE where the kubeconfig or the service account is at fault, which no waiting heals
   * @throws {ProxyError} ERR_CLOSED where it was closed meanwhile
   */
  async start(listener: ServiceSourceListener): Promise<void> {
    const { nodeName = '', serviceProxyName = '' } = this.#options
    const { signal } = this.#closing
    const now = this.#now
    const random = this.#random
    const client = this.#options.client ?? (await openKubernetesClient(this.#options))
    signal.throwIfAborted()
    this.#client = client
    const { server } = client
    const health = new KubernetesHealth({
      tell: (status) => listener.status?.(status),
      server,
      now,
    })
    const pauses = new RetryPauses({ now, random, signal })
    const api = await findEndpointsAPI({ client, health, pauses, signal })
    this.#description += `, ${server}, endpoints of ${api}`
    const resources = [
      serviceResource(serviceProxyName),
      endpointsResource(api),
      ...(nodeName === '' ? [] : [nodeResource(nodeName)]),
    ]
    health.expect(resources)
    const listed = resources.map((resource) => {
      const records = new KubernetesRecords(resource.type, listener)
      this.#records.set(resource.type.kind, records)
      const reflector = new KubernetesReflector({
        client,
        resource,
        records,
        health,
        pageSize: this.#pageSize,
        silenceMs: this.#silenceMs,
        now,
        random,
        signal,
      })
      return new Promise<void>((resolve) => {
        this.#running.push(reflector.run(resolve).then(resolve))
      })
    })
    await Promise.all(listed)
    signal.throwIfAborted()
    health.started()
  }

  /** Ends all requests at once. Resolves when nothing is told any more. */
  async close(): Promise<void> {
    this.#closing.abort(new ProxyError('ERR_CLOSED', `${this.#description}: closed`))
    await Promise.all(this.#running)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function describe({ kubeconfig, inCluster = false, client }: KubernetesSourceOptions): string {
  const given = [
    ...(kubeconfig === undefined ? [] : [`kubeconfig ${kubeconfig}`]),
    ...(inCluster ? ['the cluster of this pod'] : []),
    ...(client === undefined ? [] : ['a Kubernetes client']),
  ]
  const [first] = given
  if (first !== undefined && given.length === 1) return first
  const what = given.length === 0 ? 'is missing' : `is ${given.join(' and ')}`
  throw invalidOption('the cluster', what, 'exactly one of kubeconfig, inCluster and client')
}

function checkText(option: string, value: string, { right, holds }: TextRule): void {
  if (value === '' || holds(value)) return
  throw invalidOption(option, `is ${JSON.stringify(value)}`, right)
}

function integer(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const right = `a whole number from ${least} to ${most}`
  throw invalidOption(option, `is ${JSON.stringify(value)}`, right)
}
