/**
 * listObjects: all objects of a resource, in pages. Mirrors client-go's pager and what its reflector asks of it.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/client-go/tools/pager/pager.go
 */
import type { KubernetesClient } from './kubernetes-client.ts'
import type { Query } from './kubernetes-resources.ts'
import { StatusError } from './status-error.ts'
import { withinMs } from './watchdog.ts'

/** The longest that an API server works on a request that is no watch (its `--request-timeout`), in ms. */
const requestTimeoutMs = 60_000

export interface ListRequest {
  readonly client: KubernetesClient
  readonly path: string
  readonly selectors: Query
  /**
   * The result has to be at least as new. `'0'`: any that the server has at hand; `''`: the newest there is.
   */
  readonly resourceVersion: string
  readonly pageSize: number
  readonly signal: AbortSignal
}

export interface ObjectList {
  readonly items: readonly unknown[]
  /** The version of the whole, from which a watch goes on. */
  readonly resourceVersion: string
}

interface Page extends ObjectList {
  /** Where the next page begins; `''` on the last one. */
  readonly next: string
}

/**
 * Returns the whole list, or nothing of it.
 *
 * @throws {StatusError} what the server answered instead; other errors where it cannot be reached or understood
 */
export async function listObjects(request: ListRequest): Promise<ObjectList> {
  const { resourceVersion, selectors, pageSize } = request
  const query = resourceVersion === '' ? selectors : { ...selectors, resourceVersion }
  // A server answers "at least as new as" from its cache only where no limit is given; with one it reads from etcd, for
  // each of thousands of nodes. For version 0 it ignores the limit, or has no cache, and then pages are better.
  const isPaged = resourceVersion === '' || resourceVersion === '0'
  const limit = { limit: String(pageSize) }
  const first = await getPage(request, isPaged ? { ...query, ...limit } : query)
  const items = [...first.items]
  for (let { next } = first; next !== '';) {
    try {
      const page = await getPage(request, { ...selectors, ...limit, continue: next })
      for (const item of page.items) items.push(item)
      next = page.next
    } catch (error) {
      // Compacted while we were reading. In one piece it cannot be.
      if (error instanceof StatusError && error.isExpired) return getPage(request, query)
      throw error
    }
  }
  return { items, resourceVersion: first.resourceVersion }
}

async function getPage({ client, path, signal }: ListRequest, query: Query): Promise<Page> {
  const request = (signal: AbortSignal): Promise<unknown> => client.list(path, query, signal)
  return readPage(await withinMs(requestTimeoutMs, signal, request))
}

function readPage(list: unknown): Page {
  const { items, metadata } = (list ?? {}) as { items?: unknown; metadata?: unknown }
  const { resourceVersion, continue: next } = (metadata ?? {}) as Record<string, unknown>
  // Go writes an empty list as null.
  const isVersion = typeof resourceVersion === 'string' && resourceVersion !== ''
  if (!Array.isArray(items ?? []) || !isVersion) {
    throw new Error('the answer is no list; the address of an API server would be right')
  }
  return {
    items: (items ?? []) as readonly unknown[],
    resourceVersion,
    next: typeof next === 'string' ? next : '',
  }
}
