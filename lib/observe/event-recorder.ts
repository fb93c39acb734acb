/**
 * EventRecorder: what is told of all that happens. What repeats itself is one Event with a count, and no object gets more
 * Events than a person would read.
 *
 * Repeats are those within six minutes of the last one. The first is written at once, others are counted and written
 * every six minutes.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/client-go/tools/events/event_broadcaster.go recordToSink, finishSeries
 */
import type { ClusterEvent, EventSubject } from './event-object.ts'
import { eventName } from './event-object.ts'
import type { EventRecord, EventWriter } from './event-writer.ts'
import { TokenBuckets } from './token-buckets.ts'

export interface EventRecorderOptions {
  readonly writer: Pick<EventWriter, 'write'>
  /** ms since 1970. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
}

const seriesMs = 360_000

/** Writes about one object: as client-go has it. */
const perObject = { burst: 25, refillMs: 300_000, most: 4096 } as const

export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #buckets: TokenBuckets
  readonly #records = new Map<string, EventRecord>()
  readonly #timer: NodeJS.Timeout
  #suppressed = 0

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#buckets = new TokenBuckets({ ...perObject, now: options.now })
    this.#timer = setInterval(() => this.#tellSeries(), seriesMs).unref()
  }

  /** Events that were not even tried because there were so many about the same object. */
  get suppressed(): number {
    return this.#suppressed
  }

  /** Returns at once. */
  record(event: ClusterEvent): void {
    const nowMs = this.#options.now()
    const key = keyOf(event)
    const known = this.#records.get(key)
    if (known !== undefined) {
      known.count++
      known.lastMs = nowMs
      if (known.toldCount === 1) this.#writeAgain(known)
      return
    }
    const { regarding } = event
    if (!this.#buckets.take(objectKey(regarding))) {
      this.#suppressed++
      return
    }
    const record: EventRecord = {
      event,
      name: eventName(regarding, nowMs, this.#options.random()),
      firstMs: nowMs,
      lastMs: nowMs,
      count: 1,
      toldCount: 0,
      isQueued: false,
    }
    if (this.#options.writer.write(record)) this.#records.set(key, record)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** What cannot be told now stays counted. */
  #writeAgain(record: EventRecord): void {
    if (record.isQueued) return
    if (this.#buckets.take(objectKey(record.event.regarding))) this.#options.writer.write(record)
  }

  #tellSeries(): void {
    const overMs = this.#options.now() - seriesMs
    for (const [key, record] of this.#records) {
      if (record.count > record.toldCount) this.#writeAgain(record)
      else if (record.lastMs <= overMs) this.#records.delete(key)
    }
  }
}

function objectKey({ kind, namespace, name }: EventSubject): string {
  return `${kind}/${namespace}/${name}`
}

function keyOf({ reason, regarding, part = '' }: ClusterEvent): string {
  return `${objectKey(regarding)} ${reason} ${part}`
}
