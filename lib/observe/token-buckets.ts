/**
 * TokenBuckets: how often something may be done for each of many things: at once as often as a bucket holds tokens, and
 * then as often as one comes back.
 *
 * Only the things asked for last are remembered; one that was forgotten begins with a full bucket.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/client-go/tools/record/events_cache.go EventSourceObjectSpamFilter
 */

export interface TokenBucketsOptions {
  /** Tokens in a full bucket. */
  readonly burst: number
  /** In which one token comes back. */
  readonly refillMs: number
  /** Buckets that are remembered. */
  readonly most: number
  /** In ms. It may run backwards. */
  readonly now: () => number
}

interface Bucket {
  /** As of `atMs`, with fractions. */
  readonly tokens: number
  readonly atMs: number
}

export class TokenBuckets {
  readonly #options: TokenBucketsOptions
  /** Asked for last is last. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(options: TokenBucketsOptions) {
    this.#options = options
  }

  /** Takes a token of `key`; returns whether there was one. */
  take(key: string): boolean {
    const { burst, refillMs, most, now } = this.#options
    const atMs = now()
    const before = this.#buckets.get(key) ?? { tokens: burst, atMs }
    const back = Math.max(0, atMs - before.atMs) / refillMs
    const tokens = Math.min(burst, before.tokens + back)
    const isThere = tokens >= 1
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: isThere ? tokens - 1 : tokens, atMs })
    if (this.#buckets.size > most) this.#buckets.delete(oldest(this.#buckets))
    return isThere
  }
}

function oldest(buckets: ReadonlyMap<string, Bucket>): string {
  const [key] = buckets.keys()
  return key as string
}
