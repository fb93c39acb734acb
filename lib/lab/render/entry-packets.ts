/**
 * entryPackets: for each way into a Service, the first packet of a client that comes by it. Pure.
 */
import type { IPFamily, Way } from '../../index.ts'
import { CIDR } from '../../index.ts'
import type { Packet } from '../walk/packet.ts'
import type { KernelService } from './kernel-service.ts'

export interface EntryPacket {
  readonly way: Way
  readonly client: 'pod' | 'outside'
  readonly packet: Packet
}

export interface EntryPacketsOptions {
  /** Where pods have addresses, of the family of the Service. */
  readonly clusterCIDR: string | undefined
  /** Of the same family. */
  readonly nodeAddresses: readonly string[]
}

/** Blocks for documentation: nobody's addresses (RFC 5737, RFC 3849). */
const strangers: Readonly<Record<IPFamily, string>> = {
  IPv4: '192.0.2.254',
  IPv6: '2001:db8::254',
}
const pods = { IPv4: '10.244.0.254', IPv6: 'fd00:10:244::254' } as const

/** A cluster IP is dialled by a pod, all else from outside: from the first source range, where there are some. */
export function entryPackets(
  service: KernelService,
  { clusterCIDR, nodeAddresses }: EntryPacketsOptions,
): EntryPacket[] {
  const { family, protocol, port, nodePort } = service
  const [nodeAddress] = nodeAddresses
  const packet = (source: string, destination: string, port: number): Packet => {
    return { source, destination, protocol, port }
  }
  const outside = (way: Way, destination: string, port: number, source = strangers[family]) => {
    return { way, client: 'outside', packet: packet(source, destination, port) } as const
  }
  const pod = packet(addressOf(clusterCIDR) ?? pods[family], service.clusterIP, port)
  return [
    { way: 'cluster-ip', client: 'pod', packet: pod },
    ...service.externalIPs.map((ip) => outside('external-ip', ip, port)),
    ...service.loadBalancerIPs.map((ip) =>
      outside('load-balancer-ip', ip, port, addressOf(service.sourceRanges[0])),
    ),
    ...(nodePort === 0 || nodeAddress === undefined
      ? []
      : [outside('node-port', nodeAddress, nodePort)]),
  ]
}

function addressOf(cidr: string | undefined): string | undefined {
  return cidr === undefined ? undefined : CIDR.parse(cidr)?.address
}
