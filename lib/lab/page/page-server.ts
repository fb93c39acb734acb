/**
 * PageServer: the page of a lab, on 127.0.0.1 and nowhere else.
 *
 * `GET /`, `/assets/…`, `/api/v1/state` and `/api/v1/events` show, `POST /api/v1/lab/…` does something to the lab. All
 * that the page needs comes from here, and the browser is told to load nothing from elsewhere.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ProxyError } from '../../index.ts'
import type { Language } from '../messages/languages.ts'
import { languages } from '../messages/languages.ts'
import { pageMessages } from '../messages/page/page-messages.ts'
import { EventStreams } from './event-streams.ts'
import type { LabSession } from './lab-session.ts'
import { commandNames, parsePageCommand } from './page-command.ts'
import { readAsset } from './read-asset.ts'
import { refusalOf } from './request-guard.ts'

export interface PageServerOptions {
  readonly session: LabSession
  /** 0 is any free port. */
  readonly port: number
  /** In which language it begins; `undefined`: as the browser likes. */
  readonly language?: Language | undefined
  /** Where index.html is. Default: beside this file. */
  readonly assets?: URL
}

const address = '127.0.0.1'

/** No page has so much to say, in bytes. */
const longestBody = 4096

const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

export class PageServer {
  readonly #options: PageServerOptions
  readonly #server: Server
  readonly #streams: EventStreams

  constructor(options: PageServerOptions) {
    this.#options = options
    this.#streams = new EventStreams({ board: options.session.board, run: randomUUID() })
    this.#server = createServer(
      { headersTimeout: 2000, requestTimeout: 5000, keepAliveTimeout: 5000 },
      (request, response) => void this.#answer(request, response),
    )
    this.#server.maxConnections = 64
  }

  /** `http://127.0.0.1:10270/`, with the port that is bound. */
  get url(): string {
    return `http://${address}:${this.#port}/`
  }

  /** @throws {ProxyError} ERR_LISTEN where the port cannot be bound; may be called again */
  async start(): Promise<void> {
    const { port } = this.#options
    try {
      this.#server.listen({ host: address, port })
      await once(this.#server, 'listening')
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      throw new ProxyError('ERR_LISTEN', `page of the lab: ${code} on ${address}:${port}`, {
        cause,
      })
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#streams.close()
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    const path = url.replace(/\?.*/s, '')
    const refusal = refusalOf({ method, headers, port: this.#port })
    if (refusal !== '') return answerJson(response, 403, { error: refusal })
    const command = /^\/api\/v1\/lab\/([a-z]+)$/.exec(path)?.[1]
    if (command !== undefined) {
      // A link or an image is a GET, and must not change anything.
      if (method !== 'POST') return answerJson(response, 405, { error: 'POST would be right' })
      return this.#do(command, request, response)
    }
    if (method !== 'GET') return answerJson(response, 405, { error: 'GET would be right' })
    return this.#show(path, headers, response)
  }

  async #show(
    path: string,
    headers: IncomingMessage['headers'],
    response: ServerResponse,
  ): Promise<void> {
    const { session, language, assets = new URL('assets/', import.meta.url) } = this.#options
    if (path === '/api/v1/state') return answerJson(response, 200, session.board.since(0))
    if (path === '/api/v1/events') return this.#stream(headers, response)
    if (path === '/assets/settings.json') {
      return answerJson(response, 200, { language: language ?? null, languages })
    }
    const [, wanted] = /^\/assets\/messages\/([\w-]+)\.json$/.exec(path) ?? []
    const known = languages.find((name) => name === wanted)
    if (known !== undefined) return answerJson(response, 200, pageMessages[known])
    const asset = await readAsset(assets, path)
    if (asset === undefined) return answerJson(response, 404, { error: `there is no ${path}` })
    response.writeHead(200, {
      ...securityHeaders,
      'content-type': asset.type,
      'content-length': asset.body.length,
    })
    response.end(asset.body)
  }

  #stream(headers: IncomingMessage['headers'], response: ServerResponse): void {
    response.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' })
    const { 'last-event-id': lastEventId } = headers
    this.#streams.add(response, typeof lastEventId === 'string' ? lastEventId : '')
    response.once('close', this.#options.session.watch())
  }

  async #do(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const command = parsePageCommand(name, await readJson(request))
    if (typeof command === 'string') {
      const status = commandNames.some((known) => known === name) ? 400 : 404
      return answerJson(response, status, { error: command })
    }
    try {
      await this.#options.session.do(command)
      answerJson(response, 200, {})
    } catch (error) {
      answerJson(response, 409, { error: (error as Error).message })
    }
  }
}

/** `undefined` where it is none, or too long. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  try {
    for await (const chunk of request.setEncoding('utf8')) {
      text += String(chunk)
      if (text.length > longestBody) return undefined
    }
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function answerJson(response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
