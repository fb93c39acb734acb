/**
 * connectionLines: what the connection log says of one connection or UDP flow that is over, as one line of JSON.
 *
 * The lines are put together by hand: `JSON.stringify` takes three times as long, and a line is written of every connection.
 */
import type { ConnectionInfo } from '../relay/data-plane.ts'
import type { CloseReason, FailureReason } from '../relay/reasons.ts'
import { isoTimes } from './iso-times.ts'

/** Who brought the end about. The proxy, where a time limit, a policy or its own end did, or no endpoint was reached. */
type Closer = 'client' | 'endpoint' | 'proxy'

/** Reasons that are not here are the proxy's, but for `ended`, of which the connection itself knows. */
const closers: Readonly<Partial<Record<CloseReason | FailureReason, Closer>>> = {
  'client-reset': 'client',
  'client-gone': 'client',
  'endpoint-reset': 'endpoint',
  'endpoint-refused': 'endpoint',
}

/** Returns what makes the line of a connection that is over and ended at a time, in whole ms since 1970. */
export function connectionLines(): (info: ConnectionInfo, endedMs: number) => string {
  // One each: both times are then the same second again and again.
  const started = isoTimes()
  const ended = isoTimes()
  // Most lines are of the Service and the entry of the line before.
  let [knownPort, names, knownEntry, entry] = ['', '', '', '']
  return (info, endedMs) => {
    const { servicePort, ageMs } = info
    if (servicePort !== knownPort) {
      knownPort = servicePort
      names = namesOf(servicePort)
    }
    if (info.entry !== knownEntry || entry === '') {
      knownEntry = info.entry
      entry = quoted(info.entry)
    }
    return (
      `{"id":${info.id},"started":"${started(endedMs - ageMs)}","ended":"${ended(endedMs)}"` +
      `,"durationMs":${ageMs},${names},"protocol":"${info.protocol}"` +
      `,"family":"${info.family}","client":${quoted(info.client)},"entry":${entry}` +
      `,"entryName":"${info.entryName}","endpoint":${quoted(info.endpoint)}` +
      `,"attempts":${info.attempts},"bytesFromClient":${info.bytesFromClient}` +
      `,"bytesFromEndpoint":${info.bytesFromEndpoint},"reason":"${info.reason as CloseReason}"` +
      `,"closedBy":"${closerOf(info)}"}`
    )
  }
}

function namesOf(servicePort: string): string {
  const slash = servicePort.indexOf('/')
  const colon = servicePort.indexOf(':', slash)
  const end = colon < 0 ? servicePort.length : colon
  return (
    `"namespace":${quoted(servicePort.slice(0, slash))}` +
    `,"service":${quoted(servicePort.slice(slash + 1, end))}` +
    `,"port":${quoted(servicePort.slice(end + 1))}`
  )
}

/** Anything but printable ASCII, `"` and `\`: names and addresses have none of it, save the zone of an IPv6 address. */
const needsCare = /[^ !#-[\]-~]/

function quoted(text: string): string {
  return needsCare.test(text) ? JSON.stringify(text) : `"${text}"`
}

function closerOf({ reason, endedFirst }: ConnectionInfo): Closer {
  return reason === 'ended' ? (endedFirst ?? 'proxy') : (closers[reason as CloseReason] ?? 'proxy')
}
