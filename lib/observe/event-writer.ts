/**
 * EventWriter: writes Events to the API server, one at a time and a few in a second.
 *
 * Nobody waits for it and nothing fails because of it. While the server is away a number of Events is kept and tried
 * again; what is more is dropped, and so is what the server does not want. Who lacks the right is told so once.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/client-go/tools/events/event_broadcaster.go
 */
import type { Logger } from '../logger.ts'
import type { KubernetesClient } from '../source/kubernetes-client.ts'
import type { ObjectVersion } from '../source/kubernetes-records.ts'
import { pause } from '../source/pause.ts'
import { RetryPauses } from '../source/retry-pauses.ts'
import { StatusError } from '../source/status-error.ts'
import { withinMs } from '../source/watchdog.ts'
import type { EventOccurrences, EventReporter, EventsAPI, EventSubject } from './event-object.ts'
import { eventObject, eventSeries, eventsPath } from './event-object.ts'
import { findEventsAPI } from './find-events-api.ts'

/** Of the cluster that is told. */
export interface EventSink {
  /** `undefined` as long as it is not known. */
  readonly client: KubernetesClient | undefined
  versionOf(object: EventSubject): ObjectVersion | undefined
}

/** An Event that is to be written, or was; `count` and `lastMs` grow with each repeat. */
export interface EventRecord extends EventOccurrences {
  lastMs: number
  count: number
  /** What the server knows, or does not want to know; 0 while it has no such Event. */
  toldCount: number
  isQueued: boolean
}

export interface EventWriterOptions {
  readonly sink: EventSink
  readonly reporter: EventReporter
  readonly logger: Logger
  /** ms since any point. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** Events that wait at most. */
  readonly mostQueued: number
}

/** Each write is this far from the next, in ms: kube-proxy has five requests in a second. */
const paceMs = 200
const timeoutMs = 30_000
/** As client-go; here with pauses that grow to 30 s. */
const mostTries = 12

export class EventWriter {
  readonly #options: EventWriterOptions
  readonly #closing = new AbortController()
  readonly #pauses: RetryPauses
  #queue: EventRecord[] = []
  #api: EventsAPI | undefined
  #running: Promise<void> | undefined
  #isOff = false
  #written = 0
  #dropped = 0

  constructor(options: EventWriterOptions) {
    this.#options = options
    const { now, random } = options
    this.#pauses = new RetryPauses({ now, random, signal: this.#closing.signal })
  }

  /** Since the beginning: requests that have succeeded, and Events or repeats of one that will never be written. */
  get counts(): { readonly written: number; readonly dropped: number } {
    return { written: this.#written, dropped: this.#dropped }
  }

  /** Writes it soon, with what it will be then. Returns whether it will try to. */
  write(record: EventRecord): boolean {
    if (record.isQueued) return true
    if (this.#isOff || this.#queue.length >= this.#options.mostQueued) {
      this.#dropped++
      return false
    }
    record.isQueued = true
    this.#queue.push(record)
    this.resume()
    return true
  }

  /** To be called when the client may be known that was not. */
  resume(): void {
    const { client } = this.#options.sink
    if (client === undefined || this.#queue.length === 0) return
    this.#running ??= this.#run(client)
  }

  /** Writes nothing more; resolves when no request is open. Idempotent. */
  async close(): Promise<void> {
    this.#isOff = true
    this.#closing.abort(new Error('closed'))
    await this.#running
  }

  async #run(client: KubernetesClient): Promise<void> {
    let tries = 0
    for (let [record] = this.#queue; record !== undefined && !this.#isOff; [record] = this.#queue) {
      const { count } = record
      try {
        await this.#write(client, record)
        this.#written++
      } catch (error) {
        if (this.#closing.signal.aborted) break
        if (isTransient(error) && ++tries < mostTries) {
          await this.#pauses.after(error)
          continue
        }
        this.#refused(record, error)
      }
      tries = 0
      // Also where it was refused: it would be again.
      record.toldCount = count
      record.isQueued = false
      this.#queue.shift()
      await pause(paceMs, this.#closing.signal)
    }
    this.#running = undefined
  }

  async #write(client: KubernetesClient, record: EventRecord): Promise<void> {
    const { sink, reporter } = this.#options
    await withinMs(timeoutMs, this.#closing.signal, async (signal) => {
      this.#api ??= await findEventsAPI(client, signal)
      const { regarding } = record.event
      const path = eventsPath(this.#api, regarding)
      if (record.toldCount > 0) {
        try {
          const series = eventSeries(this.#api, record)
          return await client.patch(`${path}/${record.name}`, series, signal)
        } catch (error) {
          // Servers forget Events after an hour.
          if (!(error instanceof StatusError) || error.status !== 404) throw error
        }
      }
      const object = eventObject(this.#api, record, reporter, sink.versionOf(regarding))
      return client.create(path, object, signal)
    })
  }

  #refused({ event }: EventRecord, error: unknown): void {
    const { logger } = this.#options
    const fields = { event: 'events', reason: event.reason }
    this.#dropped++
    if (!isForbidden(error)) {
      logger.debug(fields, `an Event was not written: ${String(error)}`)
      return
    }
    this.#isOff = true
    this.#dropped += this.#queue.length - 1
    this.#queue = []
    const right = 'create and patch on events.events.k8s.io would be right'
    logger.warn(fields, `no Events will be written: ${String(error)}; ${right}`)
  }
}

/** Whether it may go better the next time: the server is away, or has too much to do. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof StatusError)) return true
  const { status } = error
  return status === 401 || status === 408 || status === 429 || status >= 500
}

function isForbidden(error: unknown): boolean {
  return error instanceof StatusError && error.status === 403 && !error.isNamespaceTerminating
}
