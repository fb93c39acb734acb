/**
 * nodeClients: which clients belong to this node, so that traffic policies and source ranges treat them otherwise. Pure.
 *
 * @see kubernetes v1.34 pkg/proxy/iptables/proxier.go, "locally-originated pod -> external destination traffic"
 */
import type { NetworkInterfaceInfo } from 'node:os'
import { addressClass, canonicalAddress } from './address.ts'

export interface NodeClientsInput {
  /** Where pods have their addresses, in all of the cluster. */
  readonly clusterCIDRs: readonly string[]
  /** Those of this node; they count where `clusterCIDRs` is empty. */
  readonly podCIDRs: readonly string[]
  /** `os.networkInterfaces()`: the node's own clients come from one of its addresses. */
  readonly interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>
}

export interface NodeClients {
  /** The node's own unicast addresses. */
  readonly addresses: readonly string[]
  /**
   * Pods and the node itself. What they send to an external address would go to a load balancer and come back on any
   * node: an external traffic policy Local does not concern them.
   */
  readonly cidrs: readonly string[]
}

export function nodeClients(input: NodeClientsInput): NodeClients {
  const { clusterCIDRs, podCIDRs, interfaces } = input
  const addresses = Object.values(interfaces)
    .flatMap((infos = []) => infos.flatMap(({ address }) => canonicalAddress(address) ?? []))
    .filter((address) => addressClass(address) === 'unicast')
  const pods = clusterCIDRs.length > 0 ? clusterCIDRs : podCIDRs
  return { addresses, cidrs: ['127.0.0.0/8', '::1/128', ...pods, ...addresses.map(hostCIDR)] }
}

/** The block that holds one address. */
export function hostCIDR(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`
}
