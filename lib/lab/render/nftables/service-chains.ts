/**
 * addServiceChains: the chains of one ServicePort, which choose an endpoint and rewrite the packet.
 *
 * One number is drawn and looked up, where iptables throws dice for one endpoint after the other.
 *
 * @see kubernetes v1.33 pkg/proxy/nftables/proxier.go `syncProxyRules`, from "Set up internal traffic handling";
 * `writeServiceToEndpointRules`
 */
import type { Endpoint } from '../../../index.ts'
import type { KernelService } from '../kernel-service.ts'
import { endpointName, serviceName } from './names.ts'
import type { NftTable } from './nft-table.ts'

export interface ServiceChainsOptions {
  /** Where pods have addresses: who comes from elsewhere is masqueraded. `undefined`: nobody knows. */
  readonly clusterCIDR: string | undefined
}

const masquerade = 'jump mark-for-masquerade'

/** Chains are made in an order in which each stands before those that lead to it. */
export function addServiceChains(
  table: NftTable,
  service: KernelService,
  { clusterCIDR }: ServiceChainsOptions,
): void {
  const { clusterEndpoints, localEndpoints, isInternalLocal, isExternalLocal } = service
  const { externalIPs, loadBalancerIPs, nodePort, protocol, port, clusterIP, family } = service
  const isExternal = externalIPs.length > 0 || loadBalancerIPs.length > 0 || nodePort > 0
  const isByCluster = !isInternalLocal || isExternal
  const isByLocal = isInternalLocal || isExternalLocal
  const ip = family === 'IPv4' ? 'ip' : 'ip6'
  const reachable = new Map(
    [...(isByCluster ? clusterEndpoints : []), ...(isByLocal ? localEndpoints : [])].map((one) => [
      one.key,
      one,
    ]),
  )
  for (const endpoint of reachable.values()) addEndpoint(table, service, endpoint)
  const internal = isInternalLocal ? 'local' : 'service'
  const hasInternal = (isInternalLocal ? localEndpoints : clusterEndpoints).length > 0
  if (hasInternal && clusterCIDR !== undefined) {
    const stranger = `${ip} daddr ${clusterIP} ${protocol} dport ${port} ${ip} saddr != ${clusterCIDR}`
    table.rule(serviceName(internal, service), `${stranger} ${masquerade}`)
  }
  if (isByCluster) balance(table, service, 'service', clusterEndpoints)
  if (isByLocal) balance(table, service, 'local', localEndpoints)
  if (isExternal && service.hasEndpoints) addExternal(table, service, { clusterCIDR })
}

function addExternal(
  table: NftTable,
  service: KernelService,
  { clusterCIDR }: ServiceChainsOptions,
): void {
  const chain = serviceName('external', service)
  const cluster = serviceName('service', service)
  if (!service.isExternalLocal) {
    table.rule(chain, masquerade)
    table.rule(chain, `goto ${cluster}`)
    return
  }
  const ip = service.family === 'IPv4' ? 'ip' : 'ip6'
  if (clusterCIDR !== undefined) {
    table.rule(chain, `${ip} saddr ${clusterCIDR} goto ${cluster}`, 'short-circuit pod traffic')
  }
  table.rule(chain, `fib saddr type local ${masquerade}`, 'masquerade local traffic')
  table.rule(chain, `fib saddr type local goto ${cluster}`, 'short-circuit local traffic')
  if (service.localEndpoints.length > 0) {
    table.rule(chain, `goto ${serviceName('local', service)}`)
  }
}

function balance(
  table: NftTable,
  service: KernelService,
  prefix: 'service' | 'local',
  endpoints: readonly Endpoint[],
): void {
  if (endpoints.length === 0) return
  const chain = serviceName(prefix, service)
  const ip = service.family === 'IPv4' ? 'ip' : 'ip6'
  for (const endpoint of service.affinitySeconds > 0 ? endpoints : []) {
    const set = endpointName('affinity', service, endpoint)
    table.rule(chain, `${ip} saddr @${set} goto ${endpointName('endpoint', service, endpoint)}`)
  }
  const verdicts = endpoints.map((endpoint, i) => {
    return `${i} : goto ${endpointName('endpoint', service, endpoint)}`
  })
  table.rule(chain, `numgen random mod ${endpoints.length} vmap { ${verdicts.join(', ')} }`)
}

function addEndpoint(table: NftTable, service: KernelService, endpoint: Endpoint): void {
  const { protocol, family, affinitySeconds } = service
  const ip = family === 'IPv4' ? 'ip' : 'ip6'
  const chain = endpointName('endpoint', service, endpoint)
  // An endpoint that was led to itself would answer to its own address, past this node.
  table.rule(chain, `${ip} saddr ${endpoint.address} ${masquerade}`)
  if (affinitySeconds > 0) {
    const set = endpointName('affinity', service, endpoint)
    const type = family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr'
    const lines = [`type ${type}`, 'flags dynamic,timeout', `timeout ${affinitySeconds}s`]
    table.container('set', set, lines)
    table.rule(chain, `update @${set} { ${ip} saddr }`)
  }
  table.rule(chain, `meta l4proto ${protocol} dnat to ${endpoint.key}`)
}
