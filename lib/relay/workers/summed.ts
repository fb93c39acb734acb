/** Sums of what several threads have counted of the same. Pure. */
import type { EndpointCounts, ProxySocketCounts, ProxySocketStatus } from '../data-plane.ts'
import { noCounts, sumOfCounts } from '../counts.ts'

/** Of each proxy socket of `listeners`, and of any other that still has connections. */
export function summedStatuses(
  listeners: ReadonlyMap<string, ProxySocketStatus['listeners']>,
  all: readonly Pick<ProxySocketStatus, 'key' | 'counts'>[],
): ProxySocketStatus[] {
  const sums = new Map<string, ProxySocketCounts>(
    [...listeners.keys()].map((key) => [key, noCounts]),
  )
  for (const { key, counts } of all) {
    const sum = sums.get(key)
    if (sum !== undefined) sums.set(key, sumOfCounts(sum, counts))
    else if (counts.open > 0) sums.set(key, counts)
  }
  return [...sums].map(([key, counts]) => ({ key, counts, listeners: listeners.get(key) ?? [] }))
}

export function summedEndpointCounts(all: readonly EndpointCounts[]): EndpointCounts[] {
  const sums = new Map<string, EndpointCounts>()
  for (const counts of all) {
    const id = `${counts.key} ${counts.endpoint}`
    const { open = 0, failedDials = 0 } = sums.get(id) ?? {}
    sums.set(id, {
      ...counts,
      open: counts.open + open,
      failedDials: counts.failedDials + failedDials,
    })
  }
  return [...sums.values()]
}
