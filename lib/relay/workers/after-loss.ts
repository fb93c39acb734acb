/**
 * afterLoss: what is left of a thread that is gone: its counts, without a connection that is open. Pure.
 */
import type { Legacy, ProxySocketCounts } from '../data-plane.ts'

/** Whatever was open is over, so that `opened` is still the sum of all. Not all of it had reached an endpoint. */
export function afterLoss({ counts, pins }: Legacy): Legacy {
  return { counts: counts.map((of) => ({ ...of, counts: withoutOpen(of.counts) })), pins }
}

function withoutOpen(counts: ProxySocketCounts): ProxySocketCounts {
  if (counts.open === 0) return counts
  const { open, closed } = counts
  const lost = (closed['worker-lost'] ?? 0) + open
  return { ...counts, open: 0, closed: { ...closed, 'worker-lost': lost } }
}
