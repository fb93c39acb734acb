/**
 * Listener: one address a proxy socket should listen on, bound as soon and kept as long as it can be.
 *
 * It lives across every change that does not alter its own address. A bind that fails takes nobody else with it: it is
 * reported and tried again with growing pauses, for ever.
 */
import { formatHostPort } from '../address.ts'
import { ProxyError } from '../errors.ts'
import type { ListenAddress } from '../model/listen-address.ts'
import { backoffMs } from '../backoff.ts'
import type { ListenerStatus } from './data-plane.ts'
import type { PortAllocator } from './port-allocator.ts'

/** A socket that listens, as far as a Listener cares. */
export interface BoundSocket {
  /** The port that was bound. */
  readonly port: number
  close(): void
}

/**
 * Binds a socket, or rejects with the error of the system call. `onLost` is called at most once, if the bound
 * socket fails later and can no longer be used.
 */
export type Bind = (
  address: string,
  port: number,
  onLost: (error: Error) => void,
) => Promise<BoundSocket>

/** As `Bind`. What is not exclusive is shared with the process that comes next; see `SharedPorts`. */
export type SharedBind = (
  address: string,
  port: number,
  onLost: (error: Error) => void,
  isExclusive: boolean,
) => Promise<BoundSocket>

export interface ListenerOptions {
  readonly wanted: ListenAddress
  readonly bind: Bind
  readonly ports: PortAllocator
  readonly random: () => number
  readonly onChange: (status: ListenerStatus) => void
}

export class Listener {
  readonly #options: ListenerOptions
  #socket: BoundSocket | undefined
  #allocated: number | undefined
  #error: string | undefined
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  get status(): ListenerStatus {
    const { role, address } = this.#options.wanted
    return { role, address, port: this.#socket?.port ?? 0, error: this.#error }
  }

  /** Tries to bind. Resolves when that has succeeded or failed once; never rejects. */
  async open(): Promise<void> {
    try {
      const socket = await this.#bindFirst()
      if (this.#closed) return this.#drop(socket)
      this.#socket = socket
      this.#error = undefined
      this.#failures = 0
    } catch (error) {
      if (this.#closed || !this.#retryAfter(error as Error)) return
    }
    this.#options.onChange(this.status)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    if (this.#socket) this.#drop(this.#socket)
    this.#socket = undefined
  }

  /** The first of the wanted ports that can be bound; the error of the first where none can. */
  async #bindFirst(): Promise<BoundSocket> {
    const { address, ports } = this.#options.wanted
    let firstError: unknown
    for (const port of ports) {
      try {
        return port === 0
          ? await this.#bindAny()
          : await this.#options.bind(address, port, this.#onLost)
      } catch (error) {
        firstError ??= error
      }
    }
    throw firstError
  }

  async #bindAny(): Promise<BoundSocket> {
    const { ports, bind, wanted } = this.#options
    for (let left = ports.size; left > 0; left--) {
      const port = ports.take()
      if (port === undefined) break
      try {
        const socket = await bind(wanted.address, port, this.#onLost)
        this.#allocated = port
        return socket
      } catch (error) {
        ports.release(port)
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      }
    }
    throw new ProxyError(
      'ERR_PORT_RANGE_EXHAUSTED',
      `no free port for ${wanted.address}; a larger proxy port range would help`,
    )
  }

  #drop(socket: BoundSocket): void {
    socket.close()
    if (this.#allocated !== undefined) this.#options.ports.release(this.#allocated)
    this.#allocated = undefined
  }

  readonly #onLost = (error: Error): void => {
    if (this.#closed || this.#socket === undefined) return
    this.#drop(this.#socket)
    this.#socket = undefined
    this.#retryAfter(error)
    this.#options.onChange(this.status)
  }

  /** Returns whether the reason is another one than the last time: only that is news. */
  #retryAfter(error: Error): boolean {
    const before = this.#error
    this.#error = describe(error, this.#options.wanted)
    this.#failures++
    const pauseMs = backoffMs(this.#failures, {
      firstMs: 250,
      mostMs: 30_000,
      random: this.#options.random,
    })
    this.#timer = setTimeout(() => void this.open(), pauseMs)
    return this.#error !== before
  }
}

/** What went wrong, where, and what would help: `EADDRINUSE: 127.0.0.1:80 is taken by another process`. */
function describe(error: NodeJS.ErrnoException, wanted: ListenAddress): string {
  const where = formatHostPort(wanted.address, wanted.ports[0] as number)
  const sentence = sentences[error.code ?? '']
  return sentence === undefined ? error.message : `${error.code}: ${where} ${sentence}`
}

const sentences: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another process',
  EACCES: 'needs the right to bind ports below 1024 (CAP_NET_BIND_SERVICE)',
  EADDRNOTAVAIL: 'is not an address of this machine',
  EMFILE: 'needs a file descriptor and none is left',
}

/** The error of a status, as the listener of another thread met it: with the code of the system call, if it has one. */
export function errorOf(text: string): NodeJS.ErrnoException {
  const [, code] = /^(E[A-Z]+): /.exec(text) ?? []
  return Object.assign(new Error(text), code !== undefined && { code })
}
