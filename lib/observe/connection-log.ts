/**
 * ConnectionLog: a line for each connection and UDP flow of a Proxier that is over, or was turned away.
 *
 * It never holds up what it writes of: under pressure it loses lines, and counts them. While there is none, nothing of
 * a connection is put together for it.
 */
import { ProxyError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { silentLogger } from '../logger.ts'
import type { Proxier } from '../proxier.ts'
import type { ClosedConnectionInfo } from '../relay/data-plane.ts'
import { connectionLines } from './connection-lines.ts'
import { LineWriter } from './line-writer.ts'

export interface ConnectionLogOptions {
  readonly proxier: Pick<Proxier, 'on' | 'off'>
  /** A file, which is appended to, or a named pipe; `-` is standard output. */
  readonly path: string
  /** Where it is told how many lines were lost. Default: silence. */
  readonly logger?: Logger
  /** While so many bytes wait to be written, lines are lost. Default 4 MiB. */
  readonly mostQueued?: number
  /** Lost lines are told of at most so often. Default 10,000. */
  readonly tellPeriodMs?: number
}

export class ConnectionLog {
  readonly #options: ConnectionLogOptions
  readonly #logger: Logger
  readonly #writer: LineWriter<ClosedConnectionInfo>
  #timer: NodeJS.Timeout | undefined
  #toldMs = Number.NEGATIVE_INFINITY
  #toldLost = 0
  #why = ''

  constructor(options: ConnectionLogOptions) {
    this.#options = options
    this.#logger = options.logger ?? silentLogger
    const { path, mostQueued } = options
    this.#writer = new LineWriter({
      path,
      put: connectionLines(),
      ...(mostQueued !== undefined && { mostQueued }),
      onLost: (_count, error) => this.#lost(error),
    })
  }

  /** Lines that were written. */
  get written(): number {
    return this.#writer.written
  }

  /** Lines that were lost: they came too fast, or could not be written. */
  get lost(): number {
    return this.#writer.lost
  }

  /** To be called before the Proxier is started. @throws {ProxyError} ERR_CONNECTION_LOG where it cannot be opened */
  async start(): Promise<void> {
    try {
      await this.#writer.open()
    } catch (cause) {
      throw this.#failure(cause)
    }
    this.#options.proxier.on('close', this.#onClose)
  }

  /** Opens the file of this name anew, after logrotate has renamed it. Never rejects: what fails is logged. */
  async reopen(): Promise<void> {
    try {
      await this.#writer.reopen()
      this.#logger.info({ event: 'connection-log' }, `${this.#name} was opened anew`)
    } catch (cause) {
      const { message } = this.#failure(cause)
      this.#logger.warn({ event: 'connection-log' }, `${message}; the old file is written on`)
    }
  }

  /** To be called when the Proxier is closed. What waits is written, if that takes no longer than a second. */
  async close(): Promise<void> {
    this.#options.proxier.off('close', this.#onClose)
    await this.#writer.close()
    clearTimeout(this.#timer)
    if (this.lost > this.#toldLost) this.#tell()
  }

  get #name(): string {
    const { path } = this.#options
    return path === '-' ? 'connection log on standard output' : `connection log ${path}`
  }

  #failure(cause: unknown): ProxyError {
    const { code } = cause as NodeJS.ErrnoException
    const hint = code === 'ENXIO' ? ', nobody reads that pipe' : ''
    return new ProxyError('ERR_CONNECTION_LOG', `${this.#name}: ${code}${hint}`, { cause })
  }

  readonly #onClose = (info: ClosedConnectionInfo): void => this.#writer.add(info)

  #lost(error: NodeJS.ErrnoException | undefined): void {
    this.#why = error?.code ?? 'they came faster than they could be written'
    if (this.#timer !== undefined) return
    const waitMs = this.#toldMs + (this.#options.tellPeriodMs ?? 10_000) - performance.now()
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, waitMs)).unref()
  }

  #tell(): void {
    this.#timer = undefined
    this.#toldMs = performance.now()
    const lost = this.lost - this.#toldLost
    this.#toldLost = this.lost
    const message = `${this.#name}: ${lost} ${lost === 1 ? 'line was' : 'lines were'} lost: ${this.#why}`
    this.#logger.warn({ event: 'connection-log', lost, total: this.lost }, message)
  }
}
