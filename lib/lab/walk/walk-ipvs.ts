/**
 * walkIpvs: what IPVS does with the first packet of a connection: one look into a hash table, and a scheduler. Pure.
 *
 * The step is the look-up, and its length does not depend on how many Services there are. The rules of iptables that go
 * with the mode are a fixed number, which ask ipsets, and are not counted.
 *
 * @see linux v6.12 net/netfilter/ipvs/ip_vs_core.c `ip_vs_in_hook`, ip_vs_ctl.c `ip_vs_service_find`
 */
import { CIDR, formatHostPort } from '../../index.ts'
import type { IpvsVirtualServer } from '../render/ipvs-mode.ts'
import type { Packet, Walk } from './packet.ts'

export interface IpvsWalkOptions {
  /** Who dials a cluster IP from elsewhere is masqueraded. `undefined`: nobody knows, and nobody is. */
  readonly clusterCIDR: string | undefined
}

export function walkIpvs(
  servers: readonly IpvsVirtualServer[],
  packet: Packet,
  { clusterCIDR }: IpvsWalkOptions,
): Walk {
  const found = servers.find(
    ({ protocol, address, portNumber }) =>
      protocol.toLowerCase() === packet.protocol &&
      address === packet.destination &&
      portNumber === packet.port,
  )
  const { protocol, destination, port, source } = packet
  const look = `${protocol.toUpperCase()} ${formatHostPort(destination, port)}`
  const steps = [{ chain: 'ip_vs_service_find', rule: look, isMatch: found !== undefined }]
  const path = ['INPUT', 'IPVS']
  const nothing = { ruleCount: 1, steps, path, destination: '', isMasqueraded: false }
  if (found === undefined) return { ...nothing, path: [], fate: 'nowhere' }
  const last = found.realServers.at(-1)
  // ip_vs_leave answers with an ICMP error.
  if (last === undefined) return { ...nothing, fate: 'refused' }
  const isStranger =
    clusterCIDR !== undefined && CIDR.parse(clusterCIDR)?.contains(source) === false
  return {
    ruleCount: 1,
    steps,
    path,
    fate: 'endpoint',
    destination: formatHostPort(last.address, last.port),
    isMasqueraded: found.way === 'cluster-ip' ? isStranger : !found.isLocal,
  }
}
