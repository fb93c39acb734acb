/**
 * The admin surface of the daemon: tried again for as long as its port is taken, since a daemon that serves is worth
 * more than one that can be asked.
 */
import type { AdminServer, Logger } from '../../lib/index.ts'
import { formatHostPort, ProxyError } from '../../lib/index.ts'

export interface AdminSurfaceOptions {
  readonly server: Pick<AdminServer, 'start' | 'close' | 'port'>
  readonly address: string
  readonly logger: Logger
  /** Pause before the next try. Default 5000. */
  readonly retryMs?: number
}

export class AdminSurface {
  readonly #server: AdminSurfaceOptions['server']
  readonly #address: string
  readonly #logger: Logger
  readonly #retryMs: number
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor({ server, address, logger, retryMs = 5000 }: AdminSurfaceOptions) {
    this.#server = server
    this.#address = address
    this.#logger = logger
    this.#retryMs = retryMs
  }

  /** `address:port` that is bound, or `undefined` while none is. */
  get place(): string | undefined {
    const { port } = this.#server
    return port === 0 ? undefined : formatHostPort(this.#address, port)
  }

  /** Resolves when it was tried once. */
  async start(): Promise<void> {
    try {
      await this.#server.start()
      if (this.#closed) return await this.#server.close()
      this.#logger.info({ event: 'admin' }, `admin surface on ${this.place}`)
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      if (this.#closed) return
      this.#logger.warn(
        { event: 'admin', code: error.code },
        `${error.message}; tried again every ${this.#retryMs / 1000} s`,
      )
      this.#timer = setTimeout(() => void this.start(), this.#retryMs).unref()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#server.close()
  }
}
