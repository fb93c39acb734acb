/**
 * endpointCounts: what each endpoint means to one proxy socket. Found by a walk through its connections, so that none of
 * them pays for a table that most never look at.
 */
import type { Counts } from './counts.ts'
import type { EndpointCounts } from './data-plane.ts'

/** A connection or flow: the key of its endpoint, once it has reached one. */
interface Reaching {
  readonly reachedKey: string | undefined
}

export function endpointCounts(
  key: string,
  { failedDials }: Counts,
  connections: Iterable<Reaching>,
): EndpointCounts[] {
  const open = new Map<string, number>()
  for (const endpoint of failedDials.keys()) open.set(endpoint, 0)
  for (const { reachedKey } of connections) {
    if (reachedKey !== undefined) open.set(reachedKey, (open.get(reachedKey) ?? 0) + 1)
  }
  return [...open].map(([endpoint, open]) => {
    return { key, endpoint, open, failedDials: failedDials.get(endpoint) ?? 0 }
  })
}
