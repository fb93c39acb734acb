/**
 * KubernetesReflector: keeps records of one resource like what the API server has of it, for ever.
 *
 * It lists once and then watches. A watch that ends is taken up where it ended; only where the server no longer knows
 * that version is everything listed again, and told as a difference. No failure is ever told as a change.
 *
 * Mirrors client-go's reflector. It differs in that a watch that falls silent is renewed, an aborted stream does not lead
 * to a new list, and Retry-After is honoured for watches too.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/client-go/tools/cache/reflector.go
 */
import type { KubernetesClient } from './kubernetes-client.ts'
import type { KubernetesHealth } from './kubernetes-health.ts'
import type { KubernetesRecords } from './kubernetes-records.ts'
import type { KubernetesResource, Query } from './kubernetes-resources.ts'
import { listObjects, type ObjectList } from './list-objects.ts'
import { RetryPauses } from './retry-pauses.ts'
import { StatusError } from './status-error.ts'
import { TimeSlice } from './time-slice.ts'
import { Watchdog } from './watchdog.ts'

/** A watch that ends sooner, in ms, and has told nothing, has failed. */
const shortWatchMs = 1_000
/** For how long the event loop is held, in ms. */
const sliceMs = 10
/** Refusals that say nothing about the version from which a watch should go on: there is no need to list again. */
const patientStatuses = new Set([401, 403, 429, 503])

export interface KubernetesReflectorParts {
  readonly client: KubernetesClient
  readonly resource: KubernetesResource
  readonly records: KubernetesRecords
  readonly health: KubernetesHealth
  readonly pageSize: number
  readonly silenceMs: number
  /** ms since any point. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** Ends it. */
  readonly signal: AbortSignal
}

export class KubernetesReflector {
  readonly #parts: KubernetesReflectorParts
  readonly #slice: TimeSlice
  readonly #pauses: RetryPauses
  #selectors: Query
  /** How far the records have come. `'0'`: nowhere yet. */
  #version = '0'
  #mustList = true
  #listedAt = 0
  /** Whether the watch that is open has told anything. */
  #hasHeard = false

  constructor(parts: KubernetesReflectorParts) {
    this.#parts = parts
    this.#selectors = parts.resource.selectors
    this.#slice = new TimeSlice(sliceMs, parts.signal)
    this.#pauses = new RetryPauses(parts)
  }

  /** Runs until `signal` is aborted. `onListed` is called whenever all that there is has been told. */
  async run(onListed: () => void): Promise<void> {
    const { signal, health, resource } = this.#parts
    while (!signal.aborted) {
      const done = this.#mustList ? 'listed' : 'watched'
      try {
        if (this.#mustList) {
          await this.#list()
          onListed()
        } else {
          await this.#watch()
        }
      } catch (error) {
        if (signal.aborted) return
        health.failed(resource, done, error)
        await this.#pauses.after(error)
      }
    }
  }

  async #list(): Promise<void> {
    const { items, resourceVersion } = await this.#getList()
    await this.#parts.records.replace(items, this.#slice)
    this.#version = resourceVersion
    this.#mustList = false
    this.#listedAt = this.#parts.now()
  }

  async #getList(): Promise<ObjectList> {
    const { client, resource, records, pageSize, signal } = this.#parts
    const { path, fallbackSelectors } = resource
    const getFrom = (resourceVersion: string): Promise<ObjectList> =>
      listObjects({ client, path, selectors: this.#selectors, resourceVersion, pageSize, signal })
    try {
      return await getFrom(this.#version)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      if (error.status === 400 && fallbackSelectors && this.#selectors !== fallbackSelectors) {
        this.#selectors = fallbackSelectors
        return getFrom(this.#version)
      }
      // Time has gone backwards.
      if (error.isTooLargeVersion) records.forgetVersions()
      else if (!error.isExpired) throw error
      return getFrom('')
    }
  }

  /** Follows one watch. Returns where the next one, or a list, may begin at once; throws where it has failed. */
  async #watch(): Promise<void> {
    const { client, resource, silenceMs, signal, health, now } = this.#parts
    // The answer of some proxies begins with the first event, so the wait for it is a part of the watch.
    const startedAt = now()
    const isShort = (): boolean => now() - startedAt < shortWatchMs
    const watchdog = new Watchdog(signal)
    let isAccepted = false
    this.#hasHeard = false
    try {
      watchdog.expect(silenceMs)
      const events = await client.watch(resource.path, this.#watchQuery(), watchdog.signal)
      isAccepted = true
      health.accepted(resource)
      await this.#follow(events, watchdog)
      if (isShort()) throw new Error('the server has ended the watch at once')
    } catch (error) {
      if (error instanceof StatusError) return this.#refused(error)
      // Nothing is wrong with a silent watch for all we know; a new one goes on where it was.
      if (isAccepted && watchdog.hasBitten) return
      if (!isAccepted || (isShort() && !this.#hasHeard)) throw error
      // That a stream breaks which has worked is in the nature of networks.
      await this.#pauses.first()
    } finally {
      watchdog.end()
    }
  }

  #watchQuery(): Query {
    return {
      ...this.#selectors,
      resourceVersion: this.#version,
      allowWatchBookmarks: 'true',
      // From 5 to 10 minutes: not all at once, where many have lost the same server.
      timeoutSeconds: String(Math.floor(300 * (1 + this.#parts.random()))),
    }
  }

  async #follow(events: AsyncIterable<unknown>, watchdog: Watchdog): Promise<void> {
    const { silenceMs, signal, health, resource } = this.#parts
    const settling = setTimeout(() => health.recovered(resource), shortWatchMs)
    try {
      watchdog.expect(silenceMs)
      for await (const event of events) {
        signal.throwIfAborted()
        this.#take(event)
        this.#hasHeard = true
        health.recovered(resource)
        watchdog.expect(silenceMs)
        if (this.#slice.isOver) await this.#slice.next()
      }
    } finally {
      clearTimeout(settling)
    }
  }

  #take(event: unknown): void {
    const { records } = this.#parts
    const { type, object } = (event ?? {}) as { type?: unknown; object?: unknown }
    if (type === 'ERROR') throw StatusError.fromEvent(object)
    const { metadata } = (object ?? {}) as { metadata?: unknown }
    const { resourceVersion } = (metadata ?? {}) as { resourceVersion?: unknown }
    if (typeof resourceVersion !== 'string' || resourceVersion === '') {
      throw new Error('an event has no resourceVersion')
    }
    if (type === 'ADDED' || type === 'MODIFIED') records.set(object)
    if (type === 'DELETED') records.delete(object)
    // Also of a BOOKMARK, which is nothing else.
    this.#version = resourceVersion
  }

  #refused(error: StatusError): void {
    this.#mustList = !patientStatuses.has(error.status)
    // A new list heals that, unless the version of the last one is too old already.
    if (error.isExpired && this.#parts.now() - this.#listedAt >= shortWatchMs) return
    throw error
  }
}
