/**
 * connectionLine: what the connection log says of one connection or UDP flow that is over, as one line of JSON. Pure.
 */
import type { ConnectionInfo } from '../relay/data-plane.ts'
import type { CloseReason, FailureReason } from '../relay/reasons.ts'

/** Who brought the end about. The proxy, where a time limit, a policy or its own end did, or no endpoint was reached. */
type Closer = 'client' | 'endpoint' | 'proxy'

/** Reasons that are not here are the proxy's, but for `ended`, of which the connection itself knows. */
const closers: Readonly<Partial<Record<CloseReason | FailureReason, Closer>>> = {
  'client-reset': 'client',
  'client-gone': 'client',
  'endpoint-reset': 'endpoint',
  'endpoint-refused': 'endpoint',
}

/** @param endedMs when it ended, in ms since 1970 */
export function connectionLine(info: ConnectionInfo, endedMs: number): string {
  const { servicePort, ageMs } = info
  const [namespace, service, port = ''] = servicePort.split(/[/:]/)
  return JSON.stringify({
    id: info.id,
    started: new Date(endedMs - ageMs).toISOString(),
    ended: new Date(endedMs).toISOString(),
    durationMs: ageMs,
    namespace,
    service,
    port,
    protocol: info.protocol,
    family: info.family,
    client: info.client,
    entry: info.entry,
    entryName: info.entryName,
    endpoint: info.endpoint,
    attempts: info.attempts,
    bytesFromClient: info.bytesFromClient,
    bytesFromEndpoint: info.bytesFromEndpoint,
    reason: info.reason,
    closedBy: closerOf(info),
  })
}

function closerOf({ reason, endedFirst }: ConnectionInfo): Closer {
  return reason === 'ended' ? (endedFirst ?? 'proxy') : (closers[reason as CloseReason] ?? 'proxy')
}
