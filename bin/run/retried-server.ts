/**
 * A server of the daemon for people or probes: tried again for as long as its port is taken, since a daemon that serves
 * is worth more than one that can be asked.
 */
import type { Logger } from '../../lib/index.ts'
import { formatHostPort, ProxyError } from '../../lib/index.ts'

export interface RetriedServerOptions {
  readonly server: {
    start(): Promise<void>
    close(): Promise<void>
    /** 0 where none is bound. */
    readonly port: number
  }
  /** For people: `admin surface`. */
  readonly name: string
  /** Of the lines in the log. */
  readonly event: string
  readonly address: string
  readonly logger: Logger
  /** How that it listens is logged; what is printed anyhow need not be. Default `info`. */
  readonly level?: 'debug' | 'info'
  /** Pause before the next try. Default 5000. */
  readonly retryMs?: number
}

export class RetriedServer {
  readonly #options: RetriedServerOptions
  readonly #retryMs: number
  #timer: NodeJS.Timeout | undefined
  #problem: string | undefined
  #closed = false

  constructor(options: RetriedServerOptions) {
    this.#options = options
    this.#retryMs = options.retryMs ?? 5000
  }

  /** `address:port` that is bound, or `undefined` while none is. */
  get place(): string | undefined {
    const { server, address } = this.#options
    return server.port === 0 ? undefined : formatHostPort(address, server.port)
  }

  /** Resolves when it was tried once. */
  async start(): Promise<void> {
    const { server, name, event, logger, level = 'info' } = this.#options
    try {
      await server.start()
      if (this.#closed) return await server.close()
      logger[this.#problem === undefined ? level : 'info']({ event }, `${name} on ${this.place}`)
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      if (this.#closed) return
      this.#tell(error)
      this.#timer = setTimeout(() => void this.start(), this.#retryMs).unref()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#options.server.close()
  }

  /** Once: beside another daemon it would be said for ever. */
  #tell({ code, message }: ProxyError): void {
    if (message === this.#problem) return
    this.#problem = message
    const { event, logger } = this.#options
    logger.warn({ event, code }, `${message}; tried again every ${this.#retryMs / 1000} s`)
  }
}
