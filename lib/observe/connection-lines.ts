/**
 * connectionLines: what the connection log says of one connection or UDP flow that is over, as one line of JSON.
 *
 * The lines are put together by hand: `JSON.stringify` takes three times as long, and a line is written of every connection.
 */
import type { ConnectionInfo } from '../relay/data-plane.ts'
import type { CloseReason, FailureReason } from '../relay/reasons.ts'
import { isoTimes } from './iso-times.ts'
import { LineBuffer } from './line-buffer.ts'

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
const startedKey = bytesOf(',"started":"')
const endedKey = bytesOf('","ended":"')
const durationKey = bytesOf('","durationMs":')
const clientKey = bytesOf(',"client":')
const endpointKey = bytesOf(',"endpoint":')
const attemptsKey = bytesOf(',"attempts":')
const fromClientKey = bytesOf(',"bytesFromClient":')
const fromEndpointKey = bytesOf(',"bytesFromEndpoint":')

/**
 * Returns what makes the line of a connection that is over and ended at a time, in whole ms since 1970; good until the
 * next one.
 */
export function connectionLines(): (info: ConnectionInfo, endedMs: number) => LineBuffer {
  const line = new LineBuffer()
  // One each: both times are then the same second again and again.
  const started = isoTimes()
  const ended = isoTimes()
  const service = remembered(serviceOf, isSameService)
  const entry = remembered(entryOf, isSameEntry)
  const end = remembered(endOf, isSameEnd)
  return (info, endedMs) => {
    line.clear()
    line.bytes(idKey)
    line.number(info.id)
    line.bytes(startedKey)
    line.bytes(started(endedMs - info.ageMs))
    line.bytes(endedKey)
    line.bytes(ended(endedMs))
    line.bytes(durationKey)
    line.number(info.ageMs)
    line.bytes(service(info))
    line.bytes(clientKey)
    line.quoted(info.client)
    line.bytes(entry(info))
    line.bytes(endpointKey)
    line.quoted(info.endpoint)
    line.bytes(attemptsKey)
    line.number(info.attempts)
    line.bytes(fromClientKey)
    line.number(info.bytesFromClient)
    line.bytes(fromEndpointKey)
    line.number(info.bytesFromEndpoint)
    line.bytes(end(info))
    return line
  }
}

/** Makes a part of a line, which most lines share with the line before. */
function remembered(
  textOf: (info: ConnectionInfo) => string,
  isSame: (one: ConnectionInfo, other: ConnectionInfo) => boolean,
): (info: ConnectionInfo) => Uint8Array {
  let last: ConnectionInfo | undefined
  let bytes = bytesOf('')
  return (info) => {
    if (last === undefined || !isSame(last, info)) bytes = bytesOf(textOf(info))
    last = info
    return bytes
  }
}

const serviceOf = ({ servicePort, protocol, family }: ConnectionInfo): string =>
  `,${namesOf(servicePort)},"protocol":"${protocol}","family":"${family}"`

const isSameService = (one: ConnectionInfo, other: ConnectionInfo): boolean =>
  one.servicePort === other.servicePort &&
  one.protocol === other.protocol &&
  one.family === other.family

const entryOf = ({ entry, entryName }: ConnectionInfo): string =>
  `,"entry":${JSON.stringify(entry)},"entryName":"${entryName}"`

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
    `"namespace":${JSON.stringify(servicePort.slice(0, slash))}` +
    `,"service":${JSON.stringify(servicePort.slice(slash + 1, end))}` +
    `,"port":${JSON.stringify(servicePort.slice(end + 1))}`
  )
}

function closerOf({ reason, endedFirst }: ConnectionInfo): Closer {
  return reason === 'ended' ? (endedFirst ?? 'proxy') : (closers[reason as CloseReason] ?? 'proxy')
}
