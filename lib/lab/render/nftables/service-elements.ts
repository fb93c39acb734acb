/**
 * addServiceElements: the elements of the maps by which packets find a Service, and the firewall of its load-balancer
 * IPs.
 *
 * This is what is looked up, and takes the place of the long chain of iptables mode.
 *
 * @see kubernetes v1.33 pkg/proxy/nftables/proxier.go `syncProxyRules`, from "Capture the clusterIP" to "Capture nodeports"
 */
import { CIDR } from '../../../index.ts'
import type { KernelService } from '../kernel-service.ts'
import { serviceName } from './names.ts'
import type { NftTable } from './nft-table.ts'

export interface ServiceElementsOptions {
  /** Of the node: source ranges that include it admit it also when it dials a load-balancer IP it holds itself. */
  readonly nodeAddress: string | undefined
}

export function addServiceElements(
  table: NftTable,
  service: KernelService,
  { nodeAddress }: ServiceElementsOptions,
): void {
  const { text, protocol, port, nodePort, clusterIP, externalIPs, loadBalancerIPs } = service
  const { hasEndpoints, isInternalLocal, isExternalLocal, localEndpoints } = service
  const key = (address: string) => `${address} . ${protocol} . ${port}`
  // Nobody at all is an answer, and nobody here is silence: a load balancer is to see it.
  const refusal = hasEndpoints ? 'drop' : 'goto reject-chain'
  const isLacking = (isLocal: boolean) => !hasEndpoints || (isLocal && localEndpoints.length === 0)

  table.element('cluster-ips', clusterIP)
  if (isLacking(isInternalLocal)) {
    table.element('no-endpoint-services', key(clusterIP), refusal, text)
  } else {
    const chain = serviceName(isInternalLocal ? 'local' : 'service', service)
    table.element('service-ips', key(clusterIP), `goto ${chain}`)
  }

  const external = `goto ${serviceName('external', service)}`
  for (const address of [...externalIPs, ...loadBalancerIPs]) {
    if (hasEndpoints) table.element('service-ips', key(address), external)
    if (isLacking(isExternalLocal)) {
      table.element('no-endpoint-services', key(address), refusal, text)
    }
  }
  if (nodePort > 0) {
    const key = `${protocol} . ${nodePort}`
    if (hasEndpoints) table.element('service-nodeports', key, external)
    if (isLacking(isExternalLocal)) table.element('no-endpoint-nodeports', key, refusal, text)
  }
  addFirewall(table, service, nodeAddress)
}

function addFirewall(
  table: NftTable,
  service: KernelService,
  nodeAddress: string | undefined,
): void {
  const { protocol, port, family, loadBalancerIPs, sourceRanges } = service
  if (sourceRanges.length === 0) return
  const chain = serviceName('firewall', service)
  for (const address of loadBalancerIPs) {
    table.element('firewall-ips', `${address} . ${protocol} . ${port}`, `goto ${chain}`)
  }
  const includesNode =
    nodeAddress !== undefined &&
    sourceRanges.some((range) => CIDR.parse(range)?.contains(nodeAddress))
  const sources = [...sourceRanges, ...(includesNode ? loadBalancerIPs : [])].join(', ')
  table.rule(chain, `${family === 'IPv4' ? 'ip' : 'ip6'} saddr != { ${sources} } drop`)
}
