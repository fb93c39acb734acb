/**
 * parseNftTrace: what `nft monitor trace` prints, as events of one packet. Pure.
 *
 *     trace id abdb8f23 ip kube-proxy services packet: iif "client" … ip saddr 10.244.10.2 … tcp dport 80 …
 *     trace id abdb8f23 ip kube-proxy services rule ip daddr . … vmap @service-ips (verdict goto service-…)
 */
import { formatHostPort } from '../../../index.ts'
import type { TraceEvent } from './trace-event.ts'

const traceLine = /^trace id (\S+) ip (\S+) (\S+) (packet:|rule|policy|verdict) ?(.*)$/
const header = /ip saddr (\S+) ip daddr (\S+) .*tcp sport (\d+) tcp dport (\d+)/

/** @param clientPort of the packet, among those of others; 0: the first one */
export function parseNftTrace(text: string, clientPort: number): TraceEvent[] {
  const events: TraceEvent[] = []
  let id: string | undefined
  let packet = { source: '', destination: '' }
  for (const line of text.split('\n')) {
    const [, of, table = '', chain = '', kind, rest = ''] = traceLine.exec(line) ?? []
    if (of === undefined) continue
    const [, source = '', destination = '', from, to] = header.exec(rest) ?? []
    // A packet that is sent again has an id of its own.
    if (kind === 'packet:' && (clientPort === 0 || Number(from) === clientPort)) id ??= of
    if (of !== id) continue
    if (kind === 'packet:') {
      packet = {
        source: formatHostPort(source, Number(from)),
        destination: formatHostPort(destination, Number(to)),
      }
      continue
    }
    const rule = kind === 'rule' ? rest.replace(/ \(verdict [^)]*\)$/, '') : ''
    events.push({ table, chain, rule, ...packet })
  }
  return events
}
