/**
 * LineWriter: lines to a file, a named pipe or standard output, never waited for.
 *
 * Lines are gathered for a tenth of a second, since a write costs as much as a connection. One is under way at a time, on
 * a thread of the pool; what comes meanwhile is kept up to a bound, and lost beyond it. A stream would keep all of it in
 * memory, or hold up the whole process where it is synchronous.
 */
import { once } from 'node:events'
import { close, constants, open, write } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { LineBuffer, lineFeed } from './line-buffer.ts'

const openFile = promisify(open)
const writeTo = promisify(write)
const closeFile = promisify(close)

export interface LineWriterOptions<Entry> {
  /** Appended to, and made where it is not there; `-` is standard output, which nobody else may write to then. */
  readonly path: string
  /** Puts the line of an entry, without its end. */
  readonly put: (line: LineBuffer, entry: Entry) => void
  /** What comes while so many bytes wait is lost. Default 4 MiB. */
  readonly mostQueued?: number
  /** Lines were lost: they came too fast, or for `error`. */
  readonly onLost: (count: number, error: NodeJS.ErrnoException | undefined) => void
}

/** Without O_NONBLOCK a pipe that nobody reads would hold a thread of the pool for ever, and with it the exit. */
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

/** What a line waits for others at most, in ms. */
const gatherMs = 100

/** Bytes that wait for no more: what a busy proxy writes in a tenth of a second. A write wakes another thread, and that one this. */
const batchLength = 250 * 1024

/** Of a chunk, in bytes: the last line of a batch has room too. */
const chunkSize = 256 * 1024

/** Before the next try, where a pipe is full, in ms. */
const fullPauseMs = 20

/** What `close` waits for what is left, in ms. */
const lastMs = 1000

export class LineWriter<Entry> {
  readonly #options: LineWriterOptions<Entry>
  readonly #mostQueued: number
  readonly #stop = new AbortController()
  #descriptor: number | undefined
  /** Taken between two writes. */
  #next: number | undefined
  #chunks: LineBuffer[] = []
  /** That was written, for the next one. */
  #spare: LineBuffer | undefined
  #queued = 0
  #timer: NodeJS.Timeout | undefined
  #written = 0
  #lost = 0
  /** Whether the last that was written is a part of a line. */
  #isBroken = false
  #writing: Promise<void> | undefined

  constructor(options: LineWriterOptions<Entry>) {
    this.#options = options
    this.#mostQueued = options.mostQueued ?? 4 * 1024 * 1024
  }

  get written(): number {
    return this.#written
  }

  get lost(): number {
    return this.#lost
  }

  /** @throws {NodeJS.ErrnoException} of open(2) */
  async open(): Promise<void> {
    this.#descriptor = await this.#open()
  }

  /**
   * Opens the path anew, for what renamed the file; what is being written, or next to be, goes to the old one.
   *
   * @throws {NodeJS.ErrnoException} of open(2); the old file is written on
   */
  async reopen(): Promise<void> {
    if (this.#descriptor === undefined) return
    const next = await this.#open()
    const unused = this.#next
    this.#next = next
    if (unused !== undefined) await this.#close(unused)
    void this.#flush()
    if (this.#writing === undefined) await this.#takeNext()
  }

  /** Writes the line of an entry. It is lost where nothing is open, or too much waits. */
  add(entry: Entry): void {
    if (this.#descriptor === undefined || this.#queued >= this.#mostQueued) return this.#lose(1)
    const last = this.#chunks.at(-1)
    const chunk = last !== undefined && last.length < batchLength ? last : this.#beginChunk()
    this.#options.put(chunk, entry)
    this.#queued += chunk.endLine()
    if (this.#writing === undefined) this.#gather()
  }

  #beginChunk(): LineBuffer {
    const chunk = this.#spare ?? new LineBuffer(chunkSize)
    this.#spare = undefined
    this.#chunks.push(chunk)
    return chunk
  }

  /** What is left is written if that takes no longer than a second. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), lastMs)
    const late = once(this.#stop.signal, 'abort').then(() => delay(fullPauseMs))
    // A descriptor that a write still holds must not become another file's.
    await Promise.race([this.#writeRest().then(() => this.#closeOwn()), late])
    clearTimeout(timer)
    clearTimeout(this.#timer)
    const left = this.#chunks.reduce((sum, { count }) => sum + count, 0)
    if (left > 0) this.#lose(left)
    this.#chunks = []
  }

  async #writeRest(): Promise<void> {
    do await this.#flush()
    while (this.#chunks.length > 0 && !this.#stop.signal.aborted)
  }

  async #closeOwn(): Promise<void> {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) await this.#close(descriptor)
  }

  async #open(): Promise<number> {
    const { path } = this.#options
    // By asking for it: Node then makes a pipe or socket non-blocking.
    return path === '-' ? process.stdout.fd : openFile(path, flags, 0o640)
  }

  async #close(descriptor: number): Promise<void> {
    if (this.#options.path !== '-') await closeFile(descriptor).catch(() => {})
  }

  async #takeNext(): Promise<void> {
    if (this.#next === undefined) return
    const old = this.#descriptor as number
    this.#descriptor = this.#next
    this.#next = undefined
    this.#isBroken = false
    await this.#close(old)
  }

  #gather(): void {
    if (this.#queued >= batchLength) void this.#flush()
    else this.#timer ??= setTimeout(() => void this.#flush(), gatherMs).unref()
  }

  /** Begins to write what waits; returns what is under way then. */
  #flush(): Promise<void> | undefined {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#chunks.length > 0) this.#writing ??= this.#writeAll()
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    do {
      const chunk = this.#chunks.shift() as LineBuffer
      const { bytes, count } = chunk
      await this.#writeBytes(bytes, count)
      this.#queued -= bytes.length
      chunk.clear()
      this.#spare = chunk
      await this.#takeNext()
    } while (this.#queued >= batchLength && !this.#stop.signal.aborted)
    this.#writing = undefined
    if (this.#chunks.length > 0) this.#gather()
  }

  async #writeBytes(bytes: Buffer, count: number): Promise<void> {
    let rest = this.#isBroken ? Buffer.concat([Buffer.of(lineFeed), bytes]) : bytes
    while (rest.length > 0) {
      try {
        const { bytesWritten } = await writeTo(this.#descriptor as number, rest)
        this.#isBroken = rest[bytesWritten - 1] !== lineFeed
        rest = rest.subarray(bytesWritten)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EAGAIN' && (await this.#pause(fullPauseMs))) continue
        const left = Math.min(count, rest.toString().split('\n').length - 1)
        this.#written += count - left
        return this.#lose(left, error as NodeJS.ErrnoException)
      }
    }
    this.#written += count
  }

  /** Returns false where it is time to end. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stop
    await delay(ms, undefined, { signal, ref: false }).catch(() => {})
    return !signal.aborted
  }

  #lose(count: number, error?: NodeJS.ErrnoException): void {
    this.#lost += count
    this.#options.onLost(count, error)
  }
}
