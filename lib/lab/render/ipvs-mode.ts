/**
 * ipvsMode: the virtual servers of kube-proxy's mode ipvs, and the addresses that it gives to the node. Pure.
 *
 * IPVS sees only what is sent to an address of the node itself, hence kube-ipvs0: every cluster IP, external IP and
 * load-balancer IP is bound to it. What it masquerades and filters, it does with iptables and ipset, which are not
 * rendered.
 *
 * @see kubernetes v1.20 pkg/proxy/ipvs/proxier.go `syncProxyRules`
 */
import type { Endpoint, RealServer, VirtualServer } from '../../index.ts'
import { sortVirtualServers } from '../../index.ts'
import type { IpvsSchedulerName } from '../ipvs-schedulers/schedulers.ts'
import type { KernelService } from './kernel-service.ts'

export interface IpvsModeOptions {
  /** Each has a virtual server for each node port. */
  readonly nodeAddresses: readonly string[]
  readonly scheduler: IpvsSchedulerName
}

export interface IpvsVirtualServer extends VirtualServer {
  /** Whether its real servers are on this node, so that clients keep their address. */
  readonly isLocal: boolean
}

export interface IpvsMode {
  /** By family, protocol, address and port. */
  readonly virtualServers: readonly IpvsVirtualServer[]
  /** Of kube-ipvs0. */
  readonly dummyAddresses: readonly string[]
}

export function ipvsMode(services: readonly KernelService[], options: IpvsModeOptions): IpvsMode {
  const virtualServers = sortVirtualServers(
    services.flatMap((service) => serversOf(service, options)),
  )
  const dummyAddresses = virtualServers
    .filter(({ way }) => way !== 'node-port')
    .map(({ address }) => address)
  return { virtualServers, dummyAddresses: [...new Set(dummyAddresses)] }
}

function serversOf(
  service: KernelService,
  { nodeAddresses, scheduler }: IpvsModeOptions,
): IpvsVirtualServer[] {
  const { clusterEndpoints, localEndpoints, isInternalLocal, isExternalLocal, nodePort } = service
  const internal = isInternalLocal ? localEndpoints : clusterEndpoints
  const external = isExternalLocal ? localEndpoints : clusterEndpoints
  const server = (
    way: VirtualServer['way'],
    address: string,
    endpoints: readonly Endpoint[],
    portNumber = service.port,
  ): IpvsVirtualServer => ({
    isLocal: way === 'cluster-ip' ? isInternalLocal : isExternalLocal,
    namespace: service.name.namespace,
    name: service.name.name,
    port: service.name.port,
    protocol: service.name.protocol,
    entry: way === 'cluster-ip' ? 'internal' : 'external',
    way,
    address,
    portNumber,
    scheduler,
    persistentSeconds: service.affinitySeconds,
    realServers: endpoints.map(realServer),
  })
  return [
    server('cluster-ip', service.clusterIP, internal),
    ...service.externalIPs.map((ip) => server('external-ip', ip, external)),
    ...service.loadBalancerIPs.map((ip) => server('load-balancer-ip', ip, external)),
    ...(nodePort === 0 ? [] : nodeAddresses).map((ip) =>
      server('node-port', ip, external, nodePort),
    ),
  ]
}

function realServer({ address, port }: Endpoint): RealServer {
  return { address, port, weight: 1, activeConnections: 0, inactiveConnections: 0 }
}
