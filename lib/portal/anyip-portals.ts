/**
 * anyIPPortals: which addresses of a ServicePort AnyIP can serve, and why not the others. Pure.
 *
 * A redirect can take packets for any address. AnyIP can listen only on what the kernel takes for local: the Service
 * CIDR, because of our route, and the node's own addresses.
 */
import type { CIDR } from '../address.ts'
import type { ServicePort } from '../model/service-port.ts'

export interface AnyIPPortal {
  readonly address: string
  /** Why it is left out: a sentence without a full stop. */
  readonly leftOut?: string
}

export interface AnyIPPortalsOptions {
  readonly serviceCIDRs: readonly CIDR[]
  readonly externalIPCIDRs: readonly CIDR[]
  /** Whether an address is one of the node. */
  readonly isLocal: (address: string) => boolean
}

/** Returns the addresses that clients dial, other than the node's for a node port. */
export function anyIPPortals(
  { clusterIP, externalIPs, loadBalancerIngress }: ServicePort,
  { serviceCIDRs, externalIPCIDRs, isLocal }: AnyIPPortalsOptions,
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
    if (externalIPCIDRs.some((cidr) => cidr.contains(address))) return ofNode(address)
    return { address, leftOut: 'no external IP CIDR allows it' }
  }
  const virtualIPs = loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
  return [
    ...(clusterIP === undefined ? [] : [cluster(clusterIP)]),
    ...externalIPs.map(external),
    ...virtualIPs.map(({ ip }) => ofNode(ip)),
  ]
}
