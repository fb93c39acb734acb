/**
 * parseXtablesTrace: what `xtables-monitor --trace` prints, as events of one packet. Pure.
 *
 *     PACKET: 2 13dbd521 IN=client … SRC=10.244.10.2 DST=10.96.0.10 … SPORT=40906 DPORT=80 SYN
 *      TRACE: 2 13dbd521 nat:KUBE-SERVICES:rule:0x6:JUMP:KUBE-SVC-X  -4 -t nat -A KUBE-SERVICES …
 */
import { formatHostPort } from '../../../index.ts'
import type { TraceEvent } from './trace-event.ts'

const packetLine = /^PACKET: \d+ (\S+) .*\bSRC=(\S+) DST=(\S+) .*\bSPORT=(\d+) DPORT=(\d+)/
const traceLine =
  /^ ?TRACE: \d+ (\S+) (\S+?):(\S+?):(?:rule|policy|return):\S*\s*(?:-4 -t \S+ (-A .*))?/

/** @param clientPort of the packet, among those of others; 0: the first one */
export function parseXtablesTrace(text: string, clientPort: number): TraceEvent[] {
  const events: TraceEvent[] = []
  let id: string | undefined
  let packet = { source: '', destination: '' }
  for (const line of text.split('\n')) {
    const [, of, source = '', destination = '', from, to] = packetLine.exec(line) ?? []
    // A packet that is sent again has an id of its own.
    if (of !== undefined && (clientPort === 0 || Number(from) === clientPort)) id ??= of
    if (of !== undefined && of === id) {
      packet = {
        source: formatHostPort(source, Number(from)),
        destination: formatHostPort(destination, Number(to)),
      }
    }
    const [, by, table = '', chain = '', rule = ''] = traceLine.exec(line) ?? []
    if (by !== undefined && by === id) events.push({ table, chain, rule: rule.trim(), ...packet })
  }
  return events
}
