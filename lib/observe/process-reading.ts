/**
 * ProcessReader: what the process takes, and by how much its event loop is late.
 *
 * A late event loop is what every connection of a userspace proxy feels first. It is measured by a timer of libuv's, in
 * native code; nothing runs in JavaScript but when it is read.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface ProcessReading {
  readonly cpuSeconds: number
  readonly startSeconds: number
  readonly residentBytes: number
  readonly heapBytes: number
  readonly externalBytes: number
  /** `undefined` where the system does not say. */
  readonly descriptors: { readonly open: number; readonly limit: number } | undefined
  readonly eventLoopDelay: DelayReading
}

export interface DelayReading {
  /** In seconds, since the reading before this one; by quantile, 1 is the longest. */
  readonly quantiles: readonly (readonly [quantile: number, seconds: number])[]
  /** Since the process began to look. */
  readonly sumSeconds: number
  readonly count: number
}

/**
 * How often the timer fires, in ms. It wakes a process that has nothing else to do: at 20 ms that was 0.4 % of a core, at
 * 100 ms it is 0.1 %. What holds up the event loop for less than this is seen as often as it meets a firing.
 */
const resolutionMs = 100

const quantiles = [0.5, 0.99, 1] as const

export class ProcessReader {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs })
  readonly #procSelf: string
  #sumSeconds = 0
  #count = 0

  /** Begins to look. */
  constructor({ procSelf = '/proc/self' } = {}) {
    this.#procSelf = procSelf
    this.#delay.enable()
  }

  close(): void {
    this.#delay.disable()
  }

  read(): ProcessReading {
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed, external } = process.memoryUsage()
    return {
      cpuSeconds: (user + system) / 1e6,
      startSeconds: performance.timeOrigin / 1000,
      residentBytes: rss,
      heapBytes: heapUsed,
      externalBytes: external,
      descriptors: this.#descriptors(),
      eventLoopDelay: this.#readDelay(),
    }
  }

  #readDelay(): DelayReading {
    const delay = this.#delay
    const { count } = delay
    if (count > 0) this.#sumSeconds += lateness(delay.mean) * count
    this.#count += count
    const reading = {
      quantiles: quantiles.map(
        (q) => [q, count > 0 ? lateness(delay.percentile(q * 100)) : 0] as const,
      ),
      sumSeconds: this.#sumSeconds,
      count: this.#count,
    }
    delay.reset()
    return reading
  }

  #descriptors(): ProcessReading['descriptors'] {
    try {
      const open = readdirSync(`${this.#procSelf}/fd`).length
      const limits = readFileSync(`${this.#procSelf}/limits`, 'utf8')
      const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
      return { open, limit: soft === undefined ? Infinity : Number(soft) }
    } catch {
      return undefined // no procfs: macOS, Windows
    }
  }
}

/** What is measured, in ns, is the time between two firings. */
function lateness(ns: number): number {
  return Math.max(0, ns / 1e9 - resolutionMs / 1000)
}
