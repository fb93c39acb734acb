/**
 * AdminServer: read-only JSON over HTTP about one Proxier, for `get` and for people with curl; and what kube-proxy answers
 * at the same port, for those who ask every node.
 *
 * It holds no state of its own and changes nothing.
 */
import { ProxyError } from '../errors.ts'
import type { ExplainQuery } from '../explain/explain-query.ts'
import type { Proxier } from '../proxier.ts'
import type { SharedPorts } from '../shared-ports.ts'
import { configz } from './configz.ts'
import type { JSONAnswer } from './json-answer.ts'
import { jsonAnswer, notFound, textAnswer } from './json-answer.ts'
import type { JSONRequest } from './json-server.ts'
import { JSONServer } from './json-server.ts'
import type { Metrics } from './metrics.ts'

export interface AdminServerOptions {
  readonly proxier: Proxier
  /** What `/metrics` answers with. Without it there is no such path. */
  readonly metrics?: Pick<Metrics, 'text'> | undefined
  /** Fields of a KubeProxyConfiguration that `/configz` shows besides the options of the Proxier. */
  readonly configuration?: object
  /** Default 127.0.0.1: what it shows is nobody else's business. */
  readonly address?: string
  /** Default 10249, as kube-proxy's metrics address; 0 is any free port. */
  readonly port?: number
  /** Where the listening socket is shared with the process that comes next. */
  readonly sharedPorts?: SharedPorts | undefined
}

export class AdminServer {
  readonly #proxier: Proxier
  readonly #routes: ReadonlyMap<string, Route>
  readonly #server: JSONServer

  constructor(options: AdminServerOptions) {
    const { proxier, address = '127.0.0.1', port = 10249, sharedPorts } = options
    this.#proxier = proxier
    this.#routes = new Map([...routes, ...routesOf(options)])
    const answer = (request: JSONRequest) => this.#answer(request)
    this.#server = new JSONServer({ name: 'admin surface', address, port, sharedPorts, answer })
  }

  /** The port that is bound; 0 where none is. */
  get port(): number {
    return this.#server.port
  }

  /** @throws {ProxyError} ERR_LISTEN where the address cannot be bound; may be called again */
  start(): Promise<void> {
    return this.#server.start()
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#server.close()
  }

  async #answer({ method, path, query }: JSONRequest): Promise<JSONAnswer> {
    const route = this.#routes.get(path)
    if (route === undefined) return notFound(path, this.#routes.keys())
    if (method !== 'GET' && method !== 'HEAD') {
      return jsonAnswer(405, { error: `${method} is not allowed: everything here is read-only` })
    }
    try {
      return await route(this.#proxier, query)
    } catch (error) {
      return refusal(error)
    }
  }
}

type Route = (proxier: Proxier, query: URLSearchParams) => Promise<JSONAnswer>

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/services', async (proxier: Proxier) => list(await proxier.services())],
  ['/endpoints', async (proxier: Proxier) => list(proxier.endpoints())],
  ['/connections', async (proxier: Proxier) => list(await proxier.connections())],
  ['/virtual-servers', async (proxier: Proxier) => list(await proxier.virtualServers())],
  [
    '/explain',
    // Checked there, key by key.
    async (proxier, query) => {
      const asked = Object.fromEntries(query) as unknown as ExplainQuery
      return jsonAnswer(200, await proxier.explain(asked))
    },
  ],
  ['/healthz', async () => textAnswer('ok')],
  ['/proxyMode', async () => textAnswer('userspace')],
])

function routesOf({ metrics, configuration }: AdminServerOptions): [string, Route][] {
  const routes: [string, Route][] = [
    ['/configz', async ({ options }) => jsonAnswer(200, configz(options, configuration))],
  ]
  if (metrics === undefined) return routes
  const answer = async () => {
    const { text, contentType } = await metrics.text()
    return textAnswer(text, contentType)
  }
  return [...routes, ['/metrics', answer]]
}

/** What is wrong with a question; any other error is none of who asks. */
function refusal(error: unknown): JSONAnswer {
  if (!(error instanceof ProxyError)) throw error
  const { code, message } = error
  return jsonAnswer(code === 'ERR_MISSING_SERVICE' ? 404 : 400, { error: message, code })
}

/** `{ kind: 'List', items }`, as kubectl prints lists. */
function list(items: readonly unknown[]): JSONAnswer {
  return jsonAnswer(200, { kind: 'List', items })
}
