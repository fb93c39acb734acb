/**
 * parseRoutes, overlappingRoute, anyIPRoute: the routes of AnyIP, as text and as data. Pure.
 *
 * Our routes carry a routing protocol number of their own: so they can be told from all others, and removed by it even
 * when nobody remembers the CIDRs they were made for.
 */
import type { CIDR } from '../address.ts'
import { canonicalAddress } from '../address.ts'

/** Not assigned in the kernel's rtnetlink.h nor in iproute2's rt_protos. */
export const routeProtocol = '85'

/** A line of `ip route show`. */
export interface Route {
  /** `unicast` where the line names no type. */
  readonly type: string
  /** Canonical; `undefined` for the default route. */
  readonly address: string | undefined
  readonly prefixLength: number
  readonly device: string | undefined
  readonly source: string | undefined
  readonly protocol: string | undefined
  /** The line, for people. */
  readonly text: string
}

/** Reads what `ip route show` prints. */
export function parseRoutes(text: string): readonly Route[] {
  // Lines that are indented name the next hops of the route above.
  return text.split('\n').flatMap((line) => {
    const match = routeLine.exec(line)
    return match === null ? [] : [routeOf(match)]
  })
}

const routeLine =
  /^(?:(unicast|local|broadcast|multicast|anycast|throw|unreachable|prohibit|blackhole) )?([^\s/]+)(?:\/(\d+))? *(.*)/

function routeOf([line, type = 'unicast', destination = '', prefix, rest]: RegExpExecArray): Route {
  const address = canonicalAddress(destination)
  const value = (key: string) => new RegExp(`(?:^| )${key} (\\S+)`).exec(`${rest}`)?.[1]
  return {
    type,
    address,
    prefixLength: Number(prefix ?? (destination.includes(':') ? 128 : 32)),
    device: value('dev'),
    source: value('src'),
    protocol: value('proto'),
    text: line.trim(),
  }
}

/** Whether `route` makes all addresses of `cidr` local. */
export function isAnyIPRoute(route: Route, cidr: CIDR): boolean {
  const { type, address, prefixLength, device } = route
  const isSame = address === cidr.address && prefixLength === cidr.prefixLength
  return isSame && type === 'local' && device === 'lo'
}

/** The first route to a network within `cidr`: it would be cut off, because local routes are looked up first. */
export function overlappingRoute(routes: readonly Route[], cidr: CIDR): Route | undefined {
  return routes.find(
    ({ type, address, prefixLength }) =>
      type === 'unicast' &&
      address !== undefined &&
      cidr.contains(address) &&
      prefixLength >= cidr.prefixLength,
  )
}

/** Whether `route` was made by an AnyIPPortalBinder. */
export function isOurs(route: Route): boolean {
  return route.type === 'local' && route.protocol === routeProtocol
}

/** What `ip route replace` is given to make all addresses of `cidr` local. */
export function anyIPRoute(cidr: CIDR, nodeAddress: string | undefined): readonly string[] {
  // Without src the node's own clients would appear with the address they dial as their own.
  const source = nodeAddress === undefined ? [] : ['src', nodeAddress]
  return ['local', cidr.toString(), 'dev', 'lo', 'proto', routeProtocol, ...source]
}
