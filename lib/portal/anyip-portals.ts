/**
 * anyIPPortals: which addresses of a ServicePort AnyIP can serve, and why not the others. Pure.
 *
 * A redirect can take packets for any address. AnyIP can listen only on what the kernel takes for local: the Service
 * CIDRs and single external IPs, because of our routes, and the node's own addresses.
 */
import type { CIDR } from '../address.ts'
import { addressFamily } from '../address.ts'
import type { Way } from '../model/entry.ts'
import type { ServicePort } from '../model/service-port.ts'

export interface AnyIPPortal {
  readonly way: Way
  readonly address: string
  /** Why it is left out: a sentence without a full stop. */
  readonly leftOut?: string
  /** Whether it is local only by a route of its own. */
  readonly needsRoute?: true
}

export interface AnyIPPortalsOptions {
  readonly serviceCIDRs: readonly CIDR[]
  readonly externalIPCIDRs: readonly CIDR[]
  /** Whether an address is one of the node. */
  readonly isLocal: (address: string) => boolean
  /** Whether an address lies in a network that the node is in. */
  readonly isOnLink: (address: string) => boolean
}

/** Returns the addresses that clients dial, other than the node's for a node port. */
export function anyIPPortals(
  { clusterIP, externalIPs, loadBalancerIngress }: ServicePort,
  { serviceCIDRs, externalIPCIDRs, isLocal, isOnLink }: AnyIPPortalsOptions,
): readonly AnyIPPortal[] {
  const cluster = (address: string) => {
    if (serviceCIDRs.some((cidr) => cidr.contains(address))) return { address }
    return { address, leftOut: `it is not within ${serviceCIDRs.join(' or ')}` }
  }
  const ofNode = (address: string) => {
    if (isLocal(address)) return { address }
    return { address, leftOut: 'it is no address of this node, and nothing is redirected' }
  }
  const external = (address: string) => {
    const isAllowed = externalIPCIDRs.some((cidr) => cidr.contains(address))
    if (!isAllowed) return { address, leftOut: 'no external IP CIDR allows it' }
    // With a local route for it this node would answer ARP requests for a neighbour, on all of its ports.
    if (isLocal(address) || isOnLink(address)) return ofNode(address)
    const hasFamily = serviceCIDRs.some(({ family }) => family === addressFamily(address))
    return hasFamily ? { address, needsRoute: true as const } : ofNode(address)
  }
  const virtualIPs = loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
  const by = (way: Way) => (portal: Omit<AnyIPPortal, 'way'>) => ({ way, ...portal })
  return [
    ...(clusterIP === undefined ? [] : [cluster(clusterIP)]).map(by('cluster-ip')),
    ...externalIPs.map(external).map(by('external-ip')),
    ...virtualIPs.map(({ ip }) => ofNode(ip)).map(by('load-balancer-ip')),
  ]
}
