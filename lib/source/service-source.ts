/**
 * ServiceSource: where Services and their endpoints come from. The interface, and nothing else.
 *
 * A source only tells; it holds no opinion on what is proxied. It may repeat itself: a `set` of an object that did
 * not change is legal and cheap.
 */
import type { ProxyError } from '../errors.ts'
import type { KubernetesObject, ObjectKey } from '../model/objects.ts'

/** Whether what a source tells is up to date. */
export interface SourceStatus {
  /** Whether it hears of changes at this moment. What it told before stays served either way. */
  readonly isLive: boolean
  /** A sentence without a full stop: what it follows, or since when it cannot and why. */
  readonly detail: string
}

export interface ServiceSourceListener {
  /** An object is new or has changed. */
  set(object: KubernetesObject): void
  /** An object is gone. */
  delete(key: ObjectKey): void
  /** Something in the input is wrong; what was told before stays as it is. */
  problem(error: ProxyError): void
  /** Something in the input is allowed and hardly meant, such as a field that nobody reads: `file:line:column: what`. */
  warning?(message: string): void
  /** The source hears of changes again, or no longer; called at each change of that only. */
  status?(status: SourceStatus): void
}

export interface ServiceSource {
  /** For people: `manifests ./shop`. */
  readonly description: string
  /** Whether endpoints may be loopback addresses. Default false: in a cluster that is a hole (CVE-2021-25737). */
  readonly allowLoopbackEndpoints?: boolean
  /** Whether it tells of the Node this runs on. Default false. */
  readonly tellsNode?: boolean
  /**
   * Begins to tell. Resolves once all that exists now has been told: before that nothing is programmed.
   *
   * @throws {ProxyError} ERR_SOURCE or ERR_INVALID_MANIFEST where the first state cannot be had at all
   */
  start(listener: ServiceSourceListener): Promise<void>
  /** Stops telling. Idempotent. */
  close(): Promise<void>
}
