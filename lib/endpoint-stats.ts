/**
 * endpointStats: what each endpoint means to its ServicePort: all entries together, endpoints that are known or still have
 * connections. Pure.
 */
import { servicePortKeyOf } from './model/entry.ts'
import type { DesiredServicePort } from './model/service-port.ts'
import type { EndpointCounts } from './relay/data-plane.ts'
import type { ProxiedStatus } from './status.ts'

export interface EndpointStats extends Pick<
  ProxiedStatus,
  'namespace' | 'name' | 'port' | 'protocol' | 'family'
> {
  /** `address:port`. */
  readonly endpoint: string
  /** Connections that have reached it and are open, and flows to it. */
  readonly open: number
  /** Dials for whose failure it is to blame. */
  readonly failedDials: number
}

/** In the order of `desired`; of one ServicePort, those it has and then those that are leaving. */
export function endpointStats(
  desired: readonly DesiredServicePort[],
  counts: readonly EndpointCounts[],
): EndpointStats[] {
  const byServicePort = new Map<string, EndpointCounts[]>()
  for (const row of counts) {
    const key = servicePortKeyOf(row.key)
    const rows = byServicePort.get(key)
    if (rows === undefined) byServicePort.set(key, [row])
    else rows.push(row)
  }
  return desired.flatMap(({ servicePort, entries: [{ usable, leftOut }] }) => {
    const known = [...usable, ...leftOut.map(({ endpoint }) => endpoint)]
    const sums = new Map(known.map(({ key }) => [key, { open: 0, failedDials: 0 }]))
    for (const { endpoint, open, failedDials } of byServicePort.get(servicePort.key) ?? []) {
      const sum = sums.get(endpoint) ?? { open: 0, failedDials: 0 }
      sum.open += open
      sum.failedDials += failedDials
      if (open > 0) sums.set(endpoint, sum)
    }
    const { name, family } = servicePort
    return [...sums].map(([endpoint, sum]) => ({ ...name, family, endpoint, ...sum }))
  })
}
