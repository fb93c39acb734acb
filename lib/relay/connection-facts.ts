/**
 * ConnectionFacts: what is known of a connection or UDP flow, as it stands; connectionInfo: what is told of it.
 *
 * Apart, because to make texts of it costs more than to keep it, and can be done later: see Endings.
 */
import type { EntryName } from '../model/entry.ts'
import type { Protocol } from '../model/service-port-name.ts'
import type { ClosedConnectionInfo, ConnectionInfo } from './data-plane.ts'
import { formatPlace } from './format-place.ts'
import type { CloseReason, FailureReason } from './reasons.ts'

export interface ConnectionFacts {
  readonly id: number
  /** What it shares with the others of its ServicePort. */
  readonly host: { readonly servicePort: string; readonly entryName: EntryName }
  readonly protocol: Protocol
  /** `undefined` of a client that was gone before anybody asked, as its port. */
  readonly clientAddress: string | undefined
  readonly clientPort: number | undefined
  readonly entry: string
  readonly endpoint: string
  readonly state: ConnectionInfo['state']
  readonly attempts: number
  /** When it began, and what time it is, in ms, by the clock of the data plane. */
  readonly sinceMs: number
  readonly untilMs: number
  readonly bytesFromClient: number
  readonly bytesFromEndpoint: number
  readonly endedFirst?: 'client' | 'endpoint' | undefined
  /** Once it is over. */
  readonly reason?: CloseReason | FailureReason | undefined
}

export interface ClosedFacts extends ConnectionFacts {
  readonly reason: CloseReason | FailureReason
}

/** Of clients that were turned away before anything was done for them. */
export const neverOpened = Object.freeze({
  endpoint: '',
  state: 'closed',
  attempts: 0,
  bytesFromClient: 0,
  bytesFromEndpoint: 0,
}) satisfies Partial<ClosedFacts>

export function connectionInfo(facts: ConnectionFacts): ConnectionInfo {
  const { clientAddress, clientPort, entry, sinceMs, untilMs, endedFirst } = facts
  const isIPv6 = clientAddress?.includes(':') ?? entry.startsWith('[')
  const info: Changeable<ConnectionInfo> = {
    id: facts.id,
    servicePort: facts.host.servicePort,
    protocol: facts.protocol,
    family: isIPv6 ? 'IPv6' : 'IPv4',
    client: formatPlace(clientAddress, clientPort),
    entry,
    entryName: facts.host.entryName,
    endpoint: facts.endpoint,
    state: facts.state,
    attempts: facts.attempts,
    ageMs: Math.round(untilMs - sinceMs),
    bytesFromClient: facts.bytesFromClient,
    bytesFromEndpoint: facts.bytesFromEndpoint,
  }
  if (endedFirst !== undefined) info.endedFirst = endedFirst
  return info
}

/** @param endedMs in whole ms since 1970 */
export function closedConnectionInfo(facts: ClosedFacts, endedMs: number): ClosedConnectionInfo {
  const info = connectionInfo(facts) as Changeable<ClosedConnectionInfo>
  info.reason = facts.reason
  info.endedMs = endedMs
  return info
}

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }
