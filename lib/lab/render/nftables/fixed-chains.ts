/**
 * addFixedChains: what is there in nftables mode whatever Services there are: hooks, maps, and the look-ups in them.
 *
 * Node ports answer at the primary address of the node, as kube-proxy has it unless it is told otherwise. What it drops
 * of unallocated cluster IPs, it knows from ServiceCIDR objects, which are no matter of a proxy here.
 *
 * @see kubernetes v1.33 pkg/proxy/nftables/proxier.go `setupNFTables`
 */
import type { IPFamily } from '../../../index.ts'
import type { NftTable } from './nft-table.ts'

export interface FixedChainsOptions {
  readonly family: IPFamily
  readonly nodeAddress: string | undefined
}

/** Bit 14, as `%#08x` of Go writes it. */
const mark = '0x00004000'

const baseChains = [
  ['filter-prerouting', 'filter', 'prerouting', -110],
  ['filter-input', 'filter', 'input', -110],
  ['filter-forward', 'filter', 'forward', -110],
  ['filter-output', 'filter', 'output', -110],
  ['filter-output-post-dnat', 'filter', 'output', -90],
  ['nat-prerouting', 'nat', 'prerouting', -100],
  ['nat-output', 'nat', 'output', -100],
  ['nat-postrouting', 'nat', 'postrouting', 100],
] as const

const jumps = [
  ['filter-input', 'ct state new jump nodeport-endpoints-check'],
  ['filter-input', 'ct state new jump service-endpoints-check'],
  ['filter-forward', 'ct state new jump service-endpoints-check'],
  ['filter-output', 'ct state new jump service-endpoints-check'],
  ['filter-prerouting', 'ct state new jump firewall-check'],
  ['filter-output', 'ct state new jump firewall-check'],
  ['nat-output', 'jump services'],
  ['nat-prerouting', 'jump services'],
  ['nat-postrouting', 'jump masquerading'],
  ['filter-forward', 'ct state new jump cluster-ips-check'],
  ['filter-output-post-dnat', 'ct state new jump cluster-ips-check'],
] as const

export function addFixedChains(table: NftTable, { family, nodeAddress }: FixedChainsOptions): void {
  const [ip, address] = family === 'IPv4' ? ['ip', 'ipv4_addr'] : ['ip6', 'ipv6_addr']
  addContainers(table, address)
  if (nodeAddress !== undefined) table.element('nodeport-ips', nodeAddress)
  for (const [name, type, hook, priority] of baseChains) {
    table.chain(name, `type ${type} hook ${hook} priority ${priority}; policy accept;`)
  }
  for (const [chain, rule] of jumps) table.rule(chain, rule)
  table.rule('mark-for-masquerade', `mark set mark or ${mark}`)
  table.rule('masquerading', `mark and ${mark} == 0 return`)
  table.rule('masquerading', `mark set mark xor ${mark}`)
  table.rule('masquerading', 'masquerade fully-random')
  table.rule(
    'cluster-ips-check',
    `${ip} daddr @cluster-ips reject`,
    'Reject traffic to invalid ports of ClusterIPs',
  )
  table.rule('reject-chain', 'reject')
  const portal = `${ip} daddr . meta l4proto . th dport vmap`
  const nodePort = `${ip} daddr @nodeport-ips meta l4proto . th dport vmap`
  table.rule('service-endpoints-check', `${portal} @no-endpoint-services`)
  table.rule('nodeport-endpoints-check', `${nodePort} @no-endpoint-nodeports`)
  table.rule('firewall-check', `${portal} @firewall-ips`)
  table.rule('services', `${portal} @service-ips`)
  table.rule('services', `${nodePort} @service-nodeports`)
}

function addContainers(table: NftTable, address: string): void {
  const set = (name: string, comment: string) =>
    table.container('set', name, [`type ${address}`, `comment "${comment}"`])
  const map = (name: string, key: string, comment: string) =>
    table.container('map', name, [`type ${key} : verdict`, `comment "${comment}"`])
  const portal = `${address} . inet_proto . inet_service`
  const nodePort = 'inet_proto . inet_service'
  set('cluster-ips', 'Active ClusterIPs')
  set('nodeport-ips', 'IPs that accept NodePort traffic')
  map(
    'no-endpoint-services',
    portal,
    'vmap to drop or reject packets to services with no endpoints',
  )
  map(
    'no-endpoint-nodeports',
    nodePort,
    'vmap to drop or reject packets to service nodeports with no endpoints',
  )
  map('firewall-ips', portal, 'destinations that are subject to LoadBalancerSourceRanges')
  map('service-ips', portal, 'ClusterIP, ExternalIP and LoadBalancer IP traffic')
  map('service-nodeports', nodePort, 'NodePort traffic')
}
