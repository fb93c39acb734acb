/**
 * connectionLines: what the connection log says of one connection or UDP flow that is over, as one line of JSON.
 *
 * The lines are put together by hand: `JSON.stringify` takes three times as long, and a line is written of every connection.
 */
import type { ConnectionInfo } from '../relay/data-plane.ts'
import { decimal } from '../decimal.ts'
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
  const service = remembered(serviceOf, isSameService)
  const entry = remembered(entryOf, isSameEntry)
  const end = remembered(endOf, isSameEnd)
  return (info, endedMs) => {
    const { ageMs } = info
    return (
      `{"id":${decimal(info.id)},"started":"${started(endedMs - ageMs)}","ended":"${ended(endedMs)}"` +
      `,"durationMs":${decimal(ageMs)}${service(info)},"client":${quoted(info.client)}${entry(info)}` +
      `,"endpoint":${quoted(info.endpoint)},"attempts":${info.attempts}` +
      `,"bytesFromClient":${decimal(info.bytesFromClient)}` +
      `,"bytesFromEndpoint":${decimal(info.bytesFromEndpoint)}` +
      end(info)
    )
  }
}

/** Makes a part of a line, which most lines share with the line before: the more parts, the more there is to collect. */
function remembered(
  textOf: (info: ConnectionInfo) => string,
  isSame: (one: ConnectionInfo, other: ConnectionInfo) => boolean,
): (info: ConnectionInfo) => string {
  let last: ConnectionInfo | undefined
  let text = ''
  return (info) => {
    if (last === undefined || !isSame(last, info)) text = textOf(info)
    last = info
    return text
  }
}

const serviceOf = ({ servicePort, protocol, family }: ConnectionInfo): string =>
  `,${namesOf(servicePort)},"protocol":"${protocol}","family":"${family}"`

const isSameService = (one: ConnectionInfo, other: ConnectionInfo): boolean =>
  one.servicePort === other.servicePort &&
  one.protocol === other.protocol &&
  one.family === other.family

const entryOf = ({ entry, entryName }: ConnectionInfo): string =>
  `,"entry":${quoted(entry)},"entryName":"${entryName}"`

const isSameEntry = (one: ConnectionInfo, other: ConnectionInfo): boolean =>
  one.entry === other.entry && one.entryName === other.entryName

const endOf = (info: ConnectionInfo): string =>
  `,"reason":"${info.reason as CloseReason}","closedBy":"${closerOf(info)}"}`

const isSameEnd = (one: ConnectionInfo, other: ConnectionInfo): boolean =>
  one.reason === other.reason && one.endedFirst === other.endedFirst

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
