/**
 * virtualServers: every address that clients can dial now, with its endpoints and what is open to each, in the terms of
 * IPVS: what `get services -o ipvs` prints. Pure.
 *
 * As in the kernel a TCP connection is active from its first dial until one side has ended, and a UDP flow never is.
 * Connections behind a redirect are counted once, at the first address of their entry: which one the client dialled, only
 * the kernel knows. Unlike there nothing is counted that is closed (TIME_WAIT).
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_proto_tcp.c `tcp_state_active_table`
 */
import { addressClass, addressFamily, formatHostPort, parseHostPort } from './address.ts'
import { compareText } from './model/compare-text.ts'
import type { Entry, EntryName, Way } from './model/entry.ts'
import { entryKey } from './model/entry.ts'
import type { BoundListener } from './model/listen-address.ts'
import type { Protocol } from './model/service-port-name.ts'
import { formatServicePortName } from './model/service-port-name.ts'
import type { DesiredEntry, DesiredServicePort, ServicePort } from './model/service-port.ts'
import type { PortalMode } from './portal/portal-binder.ts'
import type { ConnectionInfo, ProxySocketStatus } from './relay/data-plane.ts'

export interface VirtualServer {
  readonly namespace: string
  readonly name: string
  /** Name of the port; `''` where it has none. */
  readonly port: string
  readonly protocol: Protocol
  readonly entry: EntryName
  /** `proxy-port` where there are no portals. */
  readonly way: Way | 'proxy-port'
  readonly address: string
  readonly portNumber: number
  readonly scheduler: string
  /** For how long a client is kept on its endpoint; 0: it is not. */
  readonly persistentSeconds: number
  /** By address and port. */
  readonly realServers: readonly RealServer[]
}

export interface RealServer {
  readonly address: string
  readonly port: number
  /** 0: it gets no new connections, and is here for those it has. */
  readonly weight: 0 | 1
  readonly activeConnections: number
  readonly inactiveConnections: number
}

export interface VirtualServersOptions {
  readonly sockets: readonly ProxySocketStatus[]
  readonly connections: readonly ConnectionInfo[]
  readonly mode: PortalMode
  /** Of this node: what a wildcard listener answers at. */
  readonly nodeAddresses: readonly string[]
  readonly scheduler: string
}

/** By family, protocol, address and port, as ipvsadm sorts them. */
export function virtualServers(
  desired: readonly DesiredServicePort[],
  options: VirtualServersOptions,
): VirtualServer[] {
  const sockets = new Map(options.sockets.map((socket) => [socket.key, socket]))
  const connections = connectionsByEntry(desired, options.connections)
  const servers = desired.flatMap(({ servicePort, entries }) =>
    servicePort.entries.flatMap((entry, index) => {
      const key = entryKey(servicePort.key, entry.name)
      const bound = (sockets.get(key)?.listeners ?? []).filter(({ port }) => port > 0)
      const places = placesOf(servicePort, entry, bound, options)
      const counts = countByPlace(places, connections.get(key) ?? [])
      const { namespace, name, port, protocol } = servicePort.name
      const { sessionAffinity } = servicePort
      return places.map((place, i) => ({
        namespace,
        name,
        port,
        protocol,
        entry: entry.name,
        way: place.way,
        address: place.address,
        portNumber: place.port,
        scheduler: options.scheduler,
        persistentSeconds: sessionAffinity.type === 'None' ? 0 : sessionAffinity.timeoutSeconds,
        realServers: realServers(entries[index] as DesiredEntry, counts[i] as CountsByEndpoint),
      }))
    }),
  )
  return sortVirtualServers(servers)
}

/** By family, protocol, address and port; their real servers by address and port. */
export function sortVirtualServers<Server extends VirtualServer>(
  servers: readonly Server[],
): Server[] {
  return servers
    .map((server) => ({ ...server, realServers: server.realServers.toSorted(byPlace) }))
    .sort((a, b) => compareText(sortKeyOf(a), sortKeyOf(b)))
}

function byPlace(a: RealServer, b: RealServer): number {
  return compareText(placeKey(a), placeKey(b))
}

interface Place {
  readonly way: VirtualServer['way']
  readonly address: string
  readonly port: number
}

function placesOf(
  servicePort: ServicePort,
  { ways }: Entry,
  bound: readonly BoundListener[],
  { mode, nodeAddresses }: VirtualServersOptions,
): readonly Place[] {
  const { clusterIP, externalIPs, loadBalancerIngress, port } = servicePort
  const virtualIPs = loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
  const portals: Place[] = [
    ...(clusterIP === undefined ? [] : [{ way: 'cluster-ip' as const, address: clusterIP, port }]),
    ...externalIPs.map((address) => ({ way: 'external-ip' as const, address, port })),
    ...virtualIPs.map(({ ip }) => ({ way: 'load-balancer-ip' as const, address: ip, port })),
  ].filter(({ way }) => ways.includes(way))
  const isRedirected = mode === 'iptables' && bound.some(({ role }) => role === 'proxy-port')
  const hasPortal = (address: string) =>
    isRedirected ||
    bound.some((listener) => listener.role === 'portal' && listener.address === address)
  const listeners = bound.flatMap(({ role, address, port }): Place[] => {
    if (role === 'portal' || (role === 'proxy-port' && mode !== 'none')) return []
    return everyAddress(address, nodeAddresses).map((address) => ({ way: role, address, port }))
  })
  return [...portals.filter(({ address }) => hasPortal(address)), ...listeners]
}

function everyAddress(address: string, nodeAddresses: readonly string[]): readonly string[] {
  if (addressClass(address) !== 'unspecified') return [address]
  return nodeAddresses.filter((other) => addressFamily(other) === addressFamily(address))
}

type CountsByEndpoint = Map<string, { active: number; inactive: number }>

/** Connections by the key of the entry that they came in by. */
function connectionsByEntry(
  desired: readonly DesiredServicePort[],
  connections: readonly ConnectionInfo[],
): ReadonlyMap<string, readonly ConnectionInfo[]> {
  const keys = new Map<string, string>()
  for (const { servicePort } of desired.toReversed()) {
    const { name, family, key } = servicePort
    const text = `${formatServicePortName(name)} ${name.protocol}`
    keys.set(`${text} ${family}`, key)
    // Without a cluster IP clients of both families come to one ServicePort.
    keys.set(text, key)
  }
  const keyOf = ({ servicePort, protocol, family }: ConnectionInfo) => {
    const text = `${servicePort} ${protocol}`
    return keys.get(`${text} ${family}`) ?? keys.get(text) ?? ''
  }
  const byEntry = new Map<string, ConnectionInfo[]>()
  for (const info of connections) {
    const key = entryKey(keyOf(info), info.entryName)
    const known = byEntry.get(key)
    if (known === undefined) byEntry.set(key, [info])
    else known.push(info)
  }
  return byEntry
}

function countByPlace(
  places: readonly Place[],
  connections: readonly ConnectionInfo[],
): readonly CountsByEndpoint[] {
  const counts = places.map((): CountsByEndpoint => new Map())
  const byAddress = new Map(places.map((place, i) => [hostPort(place), counts[i]]))
  for (const { entry, endpoint, protocol, state } of connections) {
    const byEndpoint = byAddress.get(entry) ?? counts[0]
    if (endpoint === '' || byEndpoint === undefined) continue
    const count = byEndpoint.get(endpoint) ?? { active: 0, inactive: 0 }
    byEndpoint.set(endpoint, count)
    const isActive = protocol === 'TCP' && (state === 'dialing' || state === 'established')
    if (isActive) count.active++
    else count.inactive++
  }
  return counts
}

function realServers(
  { usable, inside }: DesiredEntry,
  counts: CountsByEndpoint,
): readonly RealServer[] {
  const inUse = new Set([...usable, ...(inside?.usable ?? [])].map(({ key }) => key))
  const keys = new Set([...usable.map(({ key }) => key), ...counts.keys()])
  return [...keys].map((key) => {
    const { active = 0, inactive = 0 } = counts.get(key) ?? {}
    const weight = inUse.has(key) ? (1 as const) : (0 as const)
    const where = parseHostPort(key) as { address: string; port: number }
    return { ...where, weight, activeConnections: active, inactiveConnections: inactive }
  })
}

function hostPort({ address, port }: { address: string; port: number }): string {
  return formatHostPort(address, port)
}

function sortKeyOf({ protocol, address, portNumber }: VirtualServer): string {
  return `${addressFamily(address)} ${protocol} ${placeKey({ address, port: portNumber })}`
}

/** Numbers as text of one length, so that 10.0.0.2 comes before 10.0.0.10. */
function placeKey({ address, port }: { address: string; port: number }): string {
  const numbers = address.includes(':') ? groupsOf(address) : pad(address.split('.'), 3)
  return `${numbers} ${pad([String(port)], 5)}`
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): string {
  const [before = [], after = []] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return pad([...before, ...zeros, ...after], 4)
}

function pad(parts: readonly string[], length: number): string {
  return parts.map((part) => part.padStart(length, '0')).join('.')
}
