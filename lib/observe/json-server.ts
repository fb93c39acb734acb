/**
 * JSONServer: HTTP on one address, whose every answer is a small JSON text. All HTTP that this proxy speaks is one.
 *
 * Who asks is not trusted: half requests and floods take no more than a few descriptors for a few seconds. Its listener
 * is like every other one: a port that is taken is reported, may be tried again, and takes nobody else with it.
 */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { formatHostPort } from '../address.ts'
import { ProxyError } from '../errors.ts'
import type { SharedPlace, SharedPorts } from '../shared-ports.ts'
import type { JSONAnswer } from './json-answer.ts'
import { jsonAnswer } from './json-answer.ts'

export interface JSONRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** What stands behind the `?`. */
  readonly query: URLSearchParams
}

export interface JSONServerOptions {
  /** Begins the message of its errors: `admin surface`. */
  readonly name: string
  readonly address: string
  /** 0 is any free port. */
  readonly port: number
  /** Whether `::` leaves IPv4 to others. Default false. */
  readonly ipv6Only?: boolean
  /** Where the listening socket is shared with the process that comes next. */
  readonly sharedPorts?: SharedPorts | undefined
  /** Where it rejects the answer is 500. */
  readonly answer: (request: JSONRequest) => Promise<JSONAnswer>
}

/** Descriptors come out of the reserve that keeps the data plane able to refuse; see DescriptorBudget. */
const mostConnections = 16

/** Whoever says half a request, or nothing more, makes room for others within seconds. */
const limits = Object.freeze({
  headersTimeout: 1000,
  requestTimeout: 2000,
  keepAliveTimeout: 1000,
  connectionsCheckingInterval: 500,
})

/** At the end, who has asked waits no longer than this for an answer, in ms. */
const answerMs = 1000

export class JSONServer {
  readonly #options: JSONServerOptions
  readonly #server: Server

  constructor(options: JSONServerOptions) {
    this.#options = options
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response))
    this.#server.maxConnections = mostConnections
    this.#server.on('connection', keepShape)
    // An accept that fails is told here; the server listens on, and who was not accepted asks again.
    this.#server.on('error', () => {})
  }

  /** The port that is bound; 0 where none is. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0
  }

  /** @throws {ProxyError} ERR_LISTEN where the address cannot be bound; may be called again */
  async start(): Promise<void> {
    if (this.#server.listening) return
    const { name, address, port, sharedPorts } = this.#options
    try {
      if (sharedPorts === undefined || port === 0) await this.#listen(true)
      else await sharedPorts.bind(this.#place, (isExclusive) => this.#listen(isExclusive))
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      const message = `${name}: ${code} on ${formatHostPort(address, port)}`
      throw new ProxyError('ERR_LISTEN', message, { cause })
    }
  }

  /** Idempotent. Who has asked is answered, if that is done at once. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.#server.closeAllConnections(), answerMs)
    await this.#unlisten()
    clearTimeout(late)
    this.#options.sharedPorts?.release(this.#place)
  }

  get #place(): SharedPlace {
    const { address, port } = this.#options
    return { protocol: 'TCP', address, port }
  }

  async #listen(isExclusive: boolean): Promise<{ close: () => Promise<void> }> {
    const { address, port, ipv6Only = false } = this.#options
    this.#server.listen({ host: address, port, ipv6Only, exclusive: isExclusive })
    await once(this.#server, 'listening')
    return { close: () => this.#unlisten() }
  }

  async #unlisten(): Promise<void> {
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    const path = url.replace(/\?.*/, '')
    const query = new URLSearchParams(url.slice(path.length))
    const answer = await this.#options
      .answer({ method, path, query })
      .catch((error: unknown) => jsonAnswer(500, { error: String(error) }))
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer.body),
      'x-content-type-options': 'nosniff',
      ...answer.headers,
    })
    response.end(answer.body)
  }
}

/**
 * Gives a socket at once what its first request would add. What Node does with every socket is fast for the first four
 * shapes that it meets: one is that of the relay's legs, and the sockets and requests of HTTP have the others.
 *
 * @see prepareLeg
 */
function keepShape(socket: Socket): void {
  socket.setTimeout(0)
  ;(socket as unknown as Record<string, unknown>)['_httpMessage'] ??= null
}
