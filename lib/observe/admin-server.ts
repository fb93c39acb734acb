/**
 * AdminServer: read-only JSON over HTTP about one Proxier, for `get` and for people with curl.
 *
 * It holds no state of its own and changes nothing. Its listener is like every other one: a port that is taken is reported
 * and tried again, and takes nobody else with it.
 */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatHostPort } from '../address.ts'
import { ProxyError } from '../errors.ts'
import type { Proxier } from '../proxier.ts'

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

/** Its descriptors come out of the reserve that keeps the data plane able to refuse; see DescriptorBudget. */
const mostConnections = 16

/** Whoever says half a request, or nothing more, makes room for others within seconds. */
const limits = Object.freeze({
  headersTimeout: 1000,
  requestTimeout: 2000,
  keepAliveTimeout: 1000,
  connectionsCheckingInterval: 500,
})

export class AdminServer {
  readonly #proxier: Proxier
  readonly #address: string
  readonly #port: number
  readonly #server: Server

  constructor({ proxier, address = '127.0.0.1', port = 10249 }: AdminServerOptions) {
    this.#proxier = proxier
    this.#address = address
    this.#port = port
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response))
    this.#server.maxConnections = mostConnections
  }

  /** The port that is bound; 0 where none is. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0
  }

  /** @throws {ProxyError} ERR_LISTEN where the address cannot be bound; may be called again */
  async start(): Promise<void> {
    if (this.#server.listening) return
    this.#server.listen({ host: this.#address, port: this.#port, exclusive: true })
    try {
      await once(this.#server, 'listening')
    } catch (cause) {
      const where = formatHostPort(this.#address, this.#port)
      const { code } = cause as NodeJS.ErrnoException
      throw new ProxyError('ERR_LISTEN', `admin surface: ${code} on ${where}`, { cause })
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer({ method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = url.replace(/\?.*/, '')
    const route = routes.get(path)
    if (route === undefined) {
      return send(response, 404, { error: `there is no ${path}`, paths: [...routes.keys()] })
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return send(response, 405, {
        error: `${method} is not allowed: everything here is read-only`,
      })
    }
    send(response, 200, await route(this.#proxier))
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

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
  })
  response.end(`${JSON.stringify(body)}\n`)
}
