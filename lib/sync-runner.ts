/**
 * SyncRunner: runs one function, one run at a time, as often as asked but no more often than allowed.
 *
 * Requests within `minPeriodMs` are served by one run; without any request it runs every `maxPeriodMs`; after a failure it
 * runs again with growing pauses until it succeeds.
 *
 * Its timer keeps the process alive: what has been started ends by `close`, not because it has nothing to do at the moment.
 *
 * @see kubernetes v1.34 pkg/proxy/runner/bounded_frequency_runner.go
 */
import { backoffMs } from './backoff.ts'

export interface SyncRunnerOptions {
  /** `isPeriodic`: the time has come to look at everything, whether anybody asked or not. */
  readonly run: (isPeriodic: boolean) => Promise<void>
  readonly onFailure: (error: unknown) => void
  readonly minPeriodMs: number
  readonly maxPeriodMs: number
  /** Monotonic, in ms. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
}

export class SyncRunner {
  readonly #options: SyncRunnerOptions
  #timer: NodeJS.Timeout | undefined
  /** Ends `maxPeriodMs` after the last periodic run began, however many others there were in between. */
  #period: NodeJS.Timeout | undefined
  #isDue = false
  #running: Promise<void> | undefined
  #isRequested = false
  /** When the oldest request came that no successful run has served. */
  #waitsSinceMs: number | undefined
  #isPaused = false
  #isClosed = false
  #failures = 0

  constructor(options: SyncRunnerOptions) {
    this.#options = options
  }

  /** Asks for a run, soon. Not at once: who asks mostly asks for each of many things, and one run is to serve them. */
  request(): void {
    if (!this.#isRequested && !this.#isPaused) queueMicrotask(this.#startRequested)
    this.#note()
  }

  /** For how long, in ms, the oldest request waits that no successful run has served; 0 where there is none. */
  get waitingMs(): number {
    return this.#waitsSinceMs === undefined ? 0 : this.#options.now() - this.#waitsSinceMs
  }

  #note(): void {
    this.#isRequested = true
    this.#waitsSinceMs ??= this.#options.now()
  }

  readonly #startRequested = (): void => {
    if (this.#isRequested && !this.#isPaused) this.#start()
  }

  /** Runs now, and resolves when that run, or the one that is under way and the one after it, are over. */
  async now(): Promise<void> {
    this.#note()
    await this.#running
    if (this.#isRequested) this.#start()
    await this.#running
  }

  /** Ends all timers; resolves when the run under way is over. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#period)
    await this.#running
  }

  #start(): void {
    if (this.#running || this.#isClosed) return
    clearTimeout(this.#timer)
    this.#isRequested = false
    this.#isPaused = true
    this.#running = this.#run()
  }

  async #run(): Promise<void> {
    const isPeriodic = this.#isDue
    this.#isDue = false
    if (isPeriodic || this.#period === undefined) {
      this.#period = setTimeout(this.#periodOver, this.#options.maxPeriodMs)
    }
    try {
      await this.#options.run(isPeriodic)
      this.#failures = 0
      // What was asked for meanwhile has just begun to wait.
      this.#waitsSinceMs = this.#isRequested ? this.#options.now() : undefined
    } catch (error) {
      this.#failures++
      this.#options.onFailure(error)
    } finally {
      this.#running = undefined
      if (!this.#isClosed) this.#timer = setTimeout(this.#pauseOver, this.#options.minPeriodMs)
    }
  }

  readonly #periodOver = (): void => {
    this.#isDue = true
    // After a failure the next try comes by itself, and is the periodic run.
    if (this.#failures === 0) this.request()
  }

  /** From here a request runs at once, also where the last run has failed: what is asked for now may be another thing. */
  readonly #pauseOver = (): void => {
    this.#isPaused = false
    if (this.#isRequested) return this.#start()
    if (this.#failures === 0) return
    const { random } = this.#options
    const waitMs = backoffMs(this.#failures, { firstMs: 500, mostMs: 30_000, random })
    this.#timer = setTimeout(() => this.#start(), waitMs)
  }
}
