/**
 * findServicePort: the one ServicePort that a query means, or why there is none. Pure.
 */
import { addressFamily } from '../address.ts'
import { ProxyError } from '../errors.ts'
import { serviceKey } from '../model/service-port-name.ts'
import type { DesiredServicePort, NotProxied, ServicePort } from '../model/service-port.ts'
import { invalidOption } from '../options.ts'
import type { ServicePortQuery } from './explain-query.ts'

export interface KnownServices {
  readonly servicePorts: readonly DesiredServicePort[]
  readonly notProxied: readonly NotProxied[]
}

/**
 * @throws {ProxyError} ERR_MISSING_SERVICE where none is proxied, and why; ERR_INVALID_OPTION where there are several, and
 * what tells them apart
 */
export function findServicePort(known: KnownServices, query: ServicePortQuery): DesiredServicePort {
  const { port, protocol, family, client } = query
  const ofService = known.servicePorts.filter(({ servicePort }) => isOf(query, servicePort.name))
  const ofPort = port === undefined ? ofService : withPort(ofService, port)
  const meant = ofPort
    .filter(({ servicePort }) => protocol === undefined || servicePort.name.protocol === protocol)
    .filter(({ servicePort }) => family === undefined || servicePort.family === family)
  const ofClient = meant.filter(({ servicePort }) => servicePort.family === addressFamily(client))
  const [first, ...others] = ofClient.length > 0 ? ofClient : meant
  if (first !== undefined && others.length === 0) return first
  if (first !== undefined) throw ambiguous(query, [first, ...others].map(servicePortOf))
  if (ofPort.length > 0) throw otherKind(query, ofPort.map(servicePortOf))
  throw missing(query, ofService.map(servicePortOf), known.notProxied)
}

/** A name goes before a number: `80` may be the name of another port. */
function withPort(rows: readonly DesiredServicePort[], port: string): DesiredServicePort[] {
  const named = rows.filter(({ servicePort }) => servicePort.name.port === port)
  return named.length > 0
    ? named
    : rows.filter(({ servicePort }) => String(servicePort.port) === port)
}

/** Asks for no more than it takes: a port that has one protocol needs none. */
function ambiguous(query: ServicePortQuery, rows: readonly ServicePort[]): ProxyError {
  const hasTwo = (areTwo: (a: ServicePort, b: ServicePort) => boolean): boolean =>
    rows.some((a) => rows.some((b) => portText(a) === portText(b) && areTwo(a, b)))
  const areOfTwoProtocols = hasTwo((a, b) => a.name.protocol !== b.name.protocol)
  const areOfTwoFamilies = hasTwo(
    (a, b) => a.name.protocol === b.name.protocol && a.family !== b.family,
  )
  const right = [
    ...(portTexts(rows).length > 1 ? [`a port (${portTexts(rows).join(', ')})`] : []),
    ...(areOfTwoProtocols ? ['a protocol (TCP, UDP)'] : []),
    ...(areOfTwoFamilies ? ['a family (IPv4, IPv6)'] : []),
  ]
  const what = `is ${queryText(query)}, of which there are ${rows.length}`
  return invalidOption('service', what, `${right.join(' and ')} besides`)
}

function otherKind(query: ServicePortQuery, rows: readonly ServicePort[]): ProxyError {
  const kinds = rows.map(({ name, family }) => `${name.protocol} ${family}`)
  return missingService(`${queryText(query)} is there as ${[...new Set(kinds)].join(', ')} only`)
}

function missing(
  query: ServicePortQuery,
  others: readonly ServicePort[],
  notProxied: readonly NotProxied[],
): ProxyError {
  const service = serviceKey(query)
  const left = notProxied.filter((row) => isOf(query, row))
  // One that is left out whole has no ports; of several ports that are left out, one says enough.
  const exact = left.find(({ port }) => port === undefined || port === query.port)
  const { port, reason } = exact ?? (others.length === 0 ? left[0] : undefined) ?? {}
  if (reason !== undefined) {
    return missingService(`${port ? `${service}:${port}` : service} is not proxied: ${reason}`)
  }
  if (others.length === 0) return missingService(`there is no Service ${service}`)
  return missingService(`${service} has no port ${query.port}, but ${portTexts(others).join(', ')}`)
}

function servicePortOf({ servicePort }: DesiredServicePort): ServicePort {
  return servicePort
}

function isOf(
  a: { readonly namespace: string; readonly name: string },
  b: { readonly namespace: string; readonly name: string },
): boolean {
  return a.namespace === b.namespace && a.name === b.name
}

function portText({ name, port }: ServicePort): string {
  return name.port || String(port)
}

function portTexts(rows: readonly ServicePort[]): string[] {
  return [...new Set(rows.map(portText))]
}

function queryText(query: ServicePortQuery): string {
  const service = serviceKey(query)
  return query.port === undefined ? service : `${service}:${query.port}`
}

function missingService(message: string): ProxyError {
  return new ProxyError('ERR_MISSING_SERVICE', message)
}
