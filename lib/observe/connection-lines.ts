/**
 * connectionLines: what the connection log says of one connection or UDP flow that is over, as one line of JSON.
 *
 * The lines are put together by hand: `JSON.stringify` takes three times as long, and a line is written of every connection.
 */
import type { ClosedConnectionInfo } from '../relay/data-plane.ts'
import type { CloseReason, FailureReason } from '../relay/reasons.ts'
import { isoTimes } from './iso-times.ts'
import type { LineBuffer } from './line-buffer.ts'

/** Who brought the end about. The proxy, where a time limit, a policy or its own end did, or no endpoint was reached. */
type Closer = 'client' | 'endpoint' | 'proxy'

/** Reasons that are not here are the proxy's, but for `ended`, of which the connection itself knows. */
const closers: Readonly<Partial<Record<CloseReason | FailureReason, Closer>>> = {
  'client-reset': 'client',
  'client-gone': 'client',
  'endpoint-reset': 'endpoint',
  'endpoint-refused': 'endpoint',
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text)

const idKey = bytesOf('{"id":')
const fromEndpointKey = bytesOf(',"bytesFromEndpoint":')

/** Returns what puts the line of a connection that is over where it is told. */
export function connectionLines(): (line: LineBuffer, info: ClosedConnectionInfo) => void {
  // One each: both times are then the same second again and again.
  const started = isoTimes({ before: ',"started":"', after: '","ended":"' })
  const ended = isoTimes({ after: '","durationMs":' })
  const service = remembered(serviceOf, isSameService)
  const entry = remembered(entryOf, isSameEntry)
  const attempts = remembered(attemptsOf, isSameAttempts)
  const end = remembered(endOf, isSameEnd)
  return (line, info) => {
    const { endedMs, ageMs } = info
    line.putBytes(idKey)
    line.putNumber(info.id)
    line.putBytes(started(endedMs - ageMs))
    line.putBytes(ended(endedMs))
    line.putNumber(ageMs)
    line.putBytes(service(info))
    line.putQuoted(info.client)
    line.putBytes(entry(info))
    line.putQuoted(info.endpoint)
    line.putBytes(attempts(info))
    line.putNumber(info.bytesFromClient)
    line.putBytes(fromEndpointKey)
    line.putNumber(info.bytesFromEndpoint)
    line.putBytes(end(info))
  }
}

/** Makes a part of a line, which most lines share with the line before. */
function remembered(
  textOf: (info: ClosedConnectionInfo) => string,
  isSame: (one: ClosedConnectionInfo, other: ClosedConnectionInfo) => boolean,
): (info: ClosedConnectionInfo) => Uint8Array {
  let last: ClosedConnectionInfo | undefined
  let bytes = bytesOf('')
  return (info) => {
    if (last === undefined || !isSame(last, info)) bytes = bytesOf(textOf(info))
    last = info
    return bytes
  }
}

const serviceOf = ({ servicePort, protocol, family }: ClosedConnectionInfo): string =>
  `,${namesOf(servicePort)},"protocol":"${protocol}","family":"${family}","client":`

const isSameService = (one: ClosedConnectionInfo, other: ClosedConnectionInfo): boolean =>
  one.servicePort === other.servicePort &&
  one.protocol === other.protocol &&
  one.family === other.family

const entryOf = ({ entry, entryName }: ClosedConnectionInfo): string =>
  `,"entry":${JSON.stringify(entry)},"entryName":"${entryName}","endpoint":`

const isSameEntry = (one: ClosedConnectionInfo, other: ClosedConnectionInfo): boolean =>
  one.entry === other.entry && one.entryName === other.entryName

const attemptsOf = ({ attempts }: ClosedConnectionInfo): string =>
  `,"attempts":${attempts},"bytesFromClient":`

const isSameAttempts = (one: ClosedConnectionInfo, other: ClosedConnectionInfo): boolean =>
  one.attempts === other.attempts

const endOf = (info: ClosedConnectionInfo): string =>
  `,"reason":"${info.reason}","closedBy":"${closerOf(info)}"}`

const isSameEnd = (one: ClosedConnectionInfo, other: ClosedConnectionInfo): boolean =>
  one.reason === other.reason && one.endedFirst === other.endedFirst

function namesOf(servicePort: string): string {
  const slash = servicePort.indexOf('/')
  const colon = servicePort.indexOf(':', slash)
  const end = colon < 0 ? servicePort.length : colon
  return (
    `"namespace":${JSON.stringify(servicePort.slice(0, slash))}` +
    `,"service":${JSON.stringify(servicePort.slice(slash + 1, end))}` +
    `,"port":${JSON.stringify(servicePort.slice(end + 1))}`
  )
}

function closerOf({ reason, endedFirst }: ClosedConnectionInfo): Closer {
  return reason === 'ended' ? (endedFirst ?? 'proxy') : (closers[reason] ?? 'proxy')
}
