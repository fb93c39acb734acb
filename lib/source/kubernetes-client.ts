/**
 * KubernetesClient: the requests that are made of an API server, and how they are made over HTTP. A source lists and
 * watches; Events are created and patched.
 *
 * @kubernetes/client-node does what is hard: who we are (client certificates, token files, exec plugins, OIDC) and how
 * the server is reached (its CA, `tls-server-name`, `proxy-url`). Its own Watch drops lines that it cannot parse, and its
 * Informer lets go of bookmarks, so requests and lines are ours. Each request has a connection of its own over node:http,
 * which is closed with the answer: no socket outlives its request.
 */
import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import type { Cluster, KubeConfig } from '@kubernetes/client-node'
import { httpRequest } from './http-request.ts'
import { readJsonLines } from './json-lines.ts'
import type { Query } from './kubernetes-resources.ts'
import { loadKubeConfig, type KubeConfigPlace } from './load-kube-config.ts'
import { StatusError } from './status-error.ts'

export interface KubernetesClient {
  /** For people: `https://10.0.0.1:6443`. */
  readonly server: string
  /**
   * One object or list.
   *
   * @throws {StatusError} what the server answered instead; other errors where there is no whole answer
   */
  list(path: string, query: Query, signal: AbortSignal): Promise<unknown>
  /**
   * The events of a watch; resolves when the server has accepted it. The iteration ends with the stream, and throws
   * where that was cut off, where a line is no JSON and when `signal` is aborted.
   *
   * @throws {StatusError} as `list` does
   */
  watch(path: string, query: Query, signal: AbortSignal): Promise<AsyncIterable<unknown>>
  /**
   * Creates an object in the collection at `path`.
   *
   * @throws {StatusError} as `list` does
   */
  create(path: string, object: object, signal: AbortSignal): Promise<void>
  /**
   * Changes the object at `path`: fields of `changes` take the place of its own (RFC 7386).
   *
   * @throws {StatusError} as `list` does
   */
  patch(path: string, changes: object, signal: AbortSignal): Promise<void>
}

/** A request that changes something. */
interface Change {
  readonly method: 'POST' | 'PATCH'
  readonly contentType: string
  readonly body: object
}

export interface KubernetesClientOptions extends KubeConfigPlace {
  /** Variables that may name a proxy, HTTPS_PROXY and NO_PROXY, for clusters without a `proxy-url`. Default: none. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>> | undefined
}

/**
 * Reads the configuration and returns a client of its server, which need not be there yet.
 *
 * @throws {ProxyError} ERR_SOURCE naming what is wrong with the configuration
 */
export async function openKubernetesClient(
  options: KubernetesClientOptions,
): Promise<KubernetesClient> {
  return new HTTPKubernetesClient(options, await loadKubeConfig(options))
}

class HTTPKubernetesClient implements KubernetesClient {
  readonly server: string
  readonly #options: KubernetesClientOptions
  /** `undefined` where the server has refused the credentials: whatever has taken their place is to be read. */
  #config: KubeConfig | undefined

  constructor(options: KubernetesClientOptions, config: KubeConfig) {
    this.#options = options
    this.#config = config
    this.server = clusterOf(config).server
  }

  async list(path: string, query: Query, signal: AbortSignal): Promise<unknown> {
    const body = await text(await this.#request(path, query, signal))
    try {
      return JSON.parse(body)
    } catch (cause) {
      const message = 'the answer is no JSON; the address of an API server would be right'
      throw new Error(message, { cause })
    }
  }

  async watch(path: string, query: Query, signal: AbortSignal): Promise<AsyncIterable<unknown>> {
    return readJsonLines(await this.#request(path, { ...query, watch: 'true' }, signal))
  }

  async create(path: string, object: object, signal: AbortSignal): Promise<void> {
    const change = { method: 'POST', contentType: 'application/json', body: object } as const
    await text(await this.#request(path, {}, signal, change))
  }

  async patch(path: string, changes: object, signal: AbortSignal): Promise<void> {
    const contentType = 'application/merge-patch+json'
    const change = { method: 'PATCH', contentType, body: changes } as const
    await text(await this.#request(path, {}, signal, change))
  }

  async #request(
    path: string,
    query: Query,
    signal: AbortSignal,
    change?: Change,
  ): Promise<http.IncomingMessage> {
    const config = (this.#config ??= await loadKubeConfig(this.#options))
    signal.throwIfAborted()
    const url = new URL(clusterOf(config).server + path)
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
    const options = await this.#requestOptions(url, config, signal)
    if (change !== undefined) {
      options.method = change.method
      Object.assign(options.headers as object, { 'Content-Type': change.contentType })
    }
    const response = await httpRequest(url, options, change && JSON.stringify(change.body))
    const status = response.statusCode as number
    if (status === 200 || status === 201) return response
    // Tokens are kept by client-node for a minute or until they say they expire, and the file itself may be another.
    if (status === 401) this.#config = undefined
    const body = parseStatus(await text(response))
    throw new StatusError({ status, body, retryAfter: response.headers['retry-after'] })
  }

  /** Made anew for each request, which reads files and asks plugins again: credentials are there to be rotated. */
  async #requestOptions(
    url: URL,
    config: KubeConfig,
    signal: AbortSignal,
  ): Promise<https.RequestOptions> {
    const headers: http.OutgoingHttpHeaders = {
      Accept: 'application/json',
      'User-Agent': 'userspace-proxy',
    }
    const options: https.RequestOptions = { headers }
    await orAbort(config.applyToHTTPSOptions(options), signal)
    // What was read from a file ends with a newline as a rule.
    const token = headers['Authorization']
    if (typeof token === 'string') headers['Authorization'] = token.trim()
    if (!clusterOf(config).proxyUrl) {
      // Not that of client-node, which would keep to the first client certificate.
      const { Agent } = url.protocol === 'https:' ? https : http
      options.agent = new Agent({ proxyEnv: this.#options.proxyEnv })
    }
    return { ...options, signal }
  }
}

function clusterOf(config: KubeConfig): Cluster {
  // Whoever loaded it has seen to that.
  return config.getCurrentCluster() as Cluster
}

function parseStatus(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A plugin that never answers must not hold up the end of everything. */
function orAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', abort)
    const done = (): void => signal.removeEventListener('abort', abort)
    promise.finally(done).then(resolve, reject)
  })
}
