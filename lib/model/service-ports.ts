/**
 * Cuts a Service into its ServicePorts: one for each port and address family that is proxied, and a reason for each
 * that is not.
 *
 * @see kubernetes v1.34 pkg/proxy/util/utils.go ShouldSkipService, pkg/proxy/serviceport.go. There a Service without
 * a cluster IP is skipped; here it is one that was never sent to a cluster, and is proxied.
 */
import { addressFamily, type CIDR, type IPFamily } from '../address.ts'
import { entriesOf } from './entry.ts'
import type { Service, ServiceObjectPort } from './objects.ts'
import { servicePortNameKey, type ServicePortName } from './service-port-name.ts'
import type { NotProxied, ServicePort } from './service-port.ts'

export interface ServicePorts {
  readonly servicePorts: readonly ServicePort[]
  readonly notProxied: readonly NotProxied[]
}

const families: readonly IPFamily[] = ['IPv4', 'IPv6']

export interface ServicePortsOptions {
  /**
   * External IPs outside of them are dropped: whoever may write a Service could capture any address, or name a pod's own
   * and have it taken for a loop (CVE-2020-8554). Default: all are.
   */
  readonly externalIPCIDRs?: readonly CIDR[]
  /** Only Services with the label `service.kubernetes.io/service-proxy-name` of this value. Default `''`: those without. */
  readonly serviceProxyName?: string
}

/** The ServicePorts of `service`, and what of it is not proxied. */
export function servicePortsOf(
  service: Service,
  { externalIPCIDRs = [], serviceProxyName = '' }: ServicePortsOptions = {},
): ServicePorts {
  const { namespace, name } = service
  const reason = reasonAgainst(service, serviceProxyName)
  if (reason !== undefined) {
    return { servicePorts: [], notProxied: [{ namespace, name, port: undefined, reason }] }
  }
  const externalIPs = service.externalIPs.filter((ip) =>
    externalIPCIDRs.some((cidr) => cidr.contains(ip)),
  )
  const servicePorts: ServicePort[] = []
  const notProxied: NotProxied[] = []
  for (const port of service.ports) {
    const { protocol } = port
    if (protocol === 'SCTP') {
      const reason = 'SCTP: Node has no socket for it'
      notProxied.push({ namespace, name, port: port.name, reason })
      continue
    }
    const portName = { namespace, name, port: port.name, protocol }
    for (const family of servedFamilies(service)) {
      servicePorts.push(servicePortOf({ ...service, externalIPs }, port, portName, family))
    }
  }
  return { servicePorts, notProxied }
}

const proxyNameLabel = 'service.kubernetes.io/service-proxy-name'

function reasonAgainst(service: Service, serviceProxyName: string): string | undefined {
  const proxyName = service.labels[proxyNameLabel]
  // Any value, even an empty one, says that another proxy owns the Service.
  if (serviceProxyName === '' ? proxyName !== undefined : proxyName !== serviceProxyName) {
    return proxyName === undefined
      ? `no label ${proxyNameLabel}: left to the other proxy`
      : `label ${proxyNameLabel} is "${proxyName}": left to that proxy`
  }
  // Asked first: a Service that became an ExternalName may still carry its old cluster IP.
  if (service.type === 'ExternalName') return 'ExternalName: a DNS alias, there is nothing to proxy'
  if (service.headless) return 'headless Service: its clients dial the endpoints themselves'
  return service.ports.length === 0 ? 'no ports: there is nothing to listen on' : undefined
}

function servedFamilies(service: Service): readonly IPFamily[] {
  if (service.clusterIPs.length === 0) return ['IPv4']
  return families.filter((family) => service.clusterIPs.some(isOf(family)))
}

function servicePortOf(
  service: Service,
  port: ServiceObjectPort,
  name: ServicePortName,
  family: IPFamily,
): ServicePort {
  const externalIPs = service.externalIPs.filter(isOf(family))
  const loadBalancerIngress = service.loadBalancerIngress.filter(({ ip }) => isOf(family)(ip))
  const hasLoadBalancerIP = loadBalancerIngress.some(({ ipMode }) => ipMode === 'VIP')
  return {
    key: `${servicePortNameKey(name)}/${family}`,
    name,
    family,
    endpointFamilies: service.clusterIPs.length === 0 ? families : [family],
    port: port.port,
    clusterIP: service.clusterIPs.find(isOf(family)),
    nodePort: port.nodePort,
    externalIPs,
    loadBalancerIngress,
    sessionAffinity: service.sessionAffinity,
    entries: entriesOf({
      internalTrafficPolicy: service.internalTrafficPolicy,
      externalTrafficPolicy: hasExternalPolicy(service) ? service.externalTrafficPolicy : 'Cluster',
      sourceRanges: sourceRangesOf(service, family),
      isExternallyAccessible: port.nodePort > 0 || externalIPs.length > 0 || hasLoadBalancerIP,
      hasLoadBalancerIP,
    }),
  }
}

/**
 * Whether the external policy counts: a Service that was of type LoadBalancer may have kept it, and its address.
 *
 * @see kubernetes v1.34 pkg/api/v1/service/util.go ExternallyAccessible
 */
function hasExternalPolicy({ type, externalIPs }: Service): boolean {
  return type !== 'ClusterIP' || externalIPs.length > 0
}

/**
 * A list without any range of this family admits nobody of it. kube-proxy drops the others first, takes the empty list
 * that is left for no list, and admits everybody.
 */
function sourceRangesOf(service: Service, family: IPFamily): readonly string[] | undefined {
  const ranges = service.loadBalancerSourceRanges
  if (ranges.length === 0) return undefined
  return ranges.filter((range) => isOf(family)(range.slice(0, range.indexOf('/'))))
}

function isOf(family: IPFamily): (address: string) => boolean {
  return (address) => addressFamily(address) === family
}
