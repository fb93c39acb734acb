/**
 * AdminServer: read-only JSON over HTTP about one Proxier, for `get` and for people with curl.
 *
 * It holds no state of its own and changes nothing.
 */
import type { Proxier } from '../proxier.ts'
import type { JSONAnswer } from './json-answer.ts'
import { jsonAnswer, notFound } from './json-answer.ts'
import type { JSONRequest } from './json-server.ts'
import { JSONServer } from './json-server.ts'

export interface AdminServerOptions {
  readonly proxier: Proxier
  /** Default 127.0.0.1: what it shows is nobody else's business. */
  readonly address?: string
  /** Default 10249, as kube-proxy's metrics address; 0 is any free port. */
  readonly port?: number
}

/** `{ kind: 'List', items }`, as kubectl prints lists. */
interface List {
  readonly kind: 'List'
  readonly items: readonly unknown[]
}

export class AdminServer {
  readonly #proxier: Proxier
  readonly #server: JSONServer

  constructor({ proxier, address = '127.0.0.1', port = 10249 }: AdminServerOptions) {
    this.#proxier = proxier
    const answer = (request: JSONRequest) => this.#answer(request)
    this.#server = new JSONServer({ name: 'admin surface', address, port, answer })
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

  async #answer({ method, path }: JSONRequest): Promise<JSONAnswer> {
    const route = routes.get(path)
    if (route === undefined) return notFound(path, routes.keys())
    if (method !== 'GET' && method !== 'HEAD') {
      return jsonAnswer(405, { error: `${method} is not allowed: everything here is read-only` })
    }
    return jsonAnswer(200, await route(this.#proxier))
  }
}

const routes: ReadonlyMap<string, (proxier: Proxier) => Promise<List>> = new Map([
  ['/services', async (proxier: Proxier) => list(await proxier.services())],
  ['/endpoints', async (proxier: Proxier) => list(proxier.endpoints())],
  ['/connections', async (proxier: Proxier) => list(await proxier.connections())],
])

function list(items: readonly unknown[]): List {
  return { kind: 'List', items }
}
