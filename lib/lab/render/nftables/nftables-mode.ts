/**
 * nftablesMode: the table of kube-proxy's nftables mode. Pure.
 *
 * Written after its source, and loaded into a kernel by the tests; unlike iptables mode it was not held to a table of a
 * real kube-proxy.
 *
 * @see kubernetes v1.33 pkg/proxy/nftables/proxier.go
 */
import type { IPFamily } from '../../../index.ts'
import type { KernelService } from '../kernel-service.ts'
import { addFixedChains } from './fixed-chains.ts'
import { NftTable } from './nft-table.ts'
import { addServiceChains } from './service-chains.ts'
import { addServiceElements } from './service-elements.ts'

export interface NftablesModeOptions {
  readonly family: IPFamily
  readonly clusterCIDR?: string | undefined
  /** Where node ports answer. */
  readonly nodeAddress?: string | undefined
}

/** Those of one family; Services of the other are passed over. */
export function nftablesMode(
  services: readonly KernelService[],
  { family, clusterCIDR, nodeAddress }: NftablesModeOptions,
): NftTable {
  const table = new NftTable(
    `${family === 'IPv4' ? 'ip' : 'ip6'} kube-proxy`,
    'rules for kube-proxy',
  )
  addFixedChains(table, { family, nodeAddress })
  for (const service of services.filter((service) => service.family === family)) {
    addServiceChains(table, service, { clusterCIDR })
    addServiceElements(table, service, { nodeAddress })
  }
  return table
}
