/**
 * nodeAddressesOf: which address of this machine stands for the node, per family, when nobody said so.
 *
 * Pure: it is given the interfaces and the kernel's two route files, read by `readNodeAddresses`. The rule is
 * kube-proxy's: an address of the interface that holds the default route. Loopback and link-local never qualify.
 *
 * @see kubernetes v1.25 staging/src/k8s.io/apimachinery/pkg/util/net/interface.go `ChooseHostInterface`
 */
import { readFileSync } from 'node:fs'
import type { NetworkInterfaceInfo } from 'node:os'
import type { IPFamily } from '../address.ts'
import { addressClass, addressFamily } from '../address.ts'

/** The node's address per family; a family is missing where the node has none. */
export type NodeAddresses = Readonly<Partial<Record<IPFamily, string>>>

/** What `os.networkInterfaces()` returns. */
export type NetworkInterfaces = Readonly<Record<string, NetworkInterfaceInfo[] | undefined>>

export interface RouteFiles {
  /** Text of `/proc/net/route`; `''` where there is none. */
  readonly ipv4: string
  /** Text of `/proc/net/ipv6_route`; `''` where there is none. */
  readonly ipv6: string
}

/** Returns the node's addresses; without a default route the first interface that has a fitting address decides. */
export function nodeAddressesOf(interfaces: NetworkInterfaces, routes: RouteFiles): NodeAddresses {
  const names = Object.keys(interfaces)
  const choose = (family: IPFamily, withDefaultRoute: string | undefined) =>
    names
      .toSorted((a, b) => Number(b === withDefaultRoute) - Number(a === withDefaultRoute))
      .flatMap((name) => interfaces[name] ?? [])
      .map(({ address }) => address)
      .find((address) => addressFamily(address) === family && addressClass(address) === 'unicast')
  const IPv4 = choose('IPv4', defaultInterfaceIPv4(routes.ipv4))
  const IPv6 = choose('IPv6', defaultInterfaceIPv6(routes.ipv6))
  return { ...(IPv4 !== undefined && { IPv4 }), ...(IPv6 !== undefined && { IPv6 }) }
}

/**
 * Looks the node's addresses up in the network namespace of this process.
 *
 * @param procNet where the kernel shows its routes; other systems than Linux have no such folder, and there the first
 * interface decides
 */
export function readNodeAddresses(
  interfaces: NetworkInterfaces,
  procNet = '/proc/net',
): NodeAddresses {
  return nodeAddressesOf(interfaces, {
    ipv4: readText(`${procNet}/route`),
    ipv6: readText(`${procNet}/ipv6_route`),
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Columns: interface, destination, gateway, flags, references, use, metric, mask, ... */
const defaultRouteIPv4 = /^(\S+)\s+0{8}\s+\S+\s+\S+\s+\S+\s+\S+\s+(\d+)\s+0{8}\s/gm

function defaultInterfaceIPv4(text: string): string | undefined {
  return [...text.matchAll(defaultRouteIPv4)].sort((a, b) => Number(a[2]) - Number(b[2]))[0]?.[1]
}

/** Columns: destination, its length, source, its length, gateway, metric, references, use, flags, interface. */
const defaultRouteIPv6 = /^0{32} 00 \S+ \S+ \S+ (\S+) \S+ \S+ \S+ +(?!lo$)(\S+)$/gm

const metric = (match: RegExpExecArray) => Number(`0x${match[1]}`)

function defaultInterfaceIPv6(text: string): string | undefined {
  return [...text.matchAll(defaultRouteIPv6)].sort((a, b) => metric(a) - metric(b))[0]?.[2]
}
