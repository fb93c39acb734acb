/**
 * proxySocketSpecs: what the data plane has to do for one ServicePort: a proxy socket for each of its entries. Pure.
 */
import { CIDR } from './address.ts'
import type { Entry } from './model/entry.ts'
import { entryKey } from './model/entry.ts'
import type { Endpoint, EndpointAddress } from './model/endpoint.ts'
import type { ListenAddress } from './model/listen-address.ts'
import { formatServicePortName } from './model/service-port-name.ts'
import type { DesiredServicePort, ServicePort } from './model/service-port.ts'
import type { NodeClients } from './node-clients.ts'
import { hostCIDR } from './node-clients.ts'
import type { ProxySocketSpec } from './relay/data-plane.ts'

export interface ProxySocketSpecsOptions {
  readonly listenAddresses: (servicePort: ServicePort, entry: Entry) => readonly ListenAddress[]
  readonly nodeClients: NodeClients
}

/** In the order of the entries. */
export function proxySocketSpecs(
  { servicePort, entries }: DesiredServicePort,
  { listenAddresses, nodeClients }: ProxySocketSpecsOptions,
): ProxySocketSpec[] {
  return entries.map(({ usable, inside }, index) => {
    const entry = servicePort.entries[index] as Entry
    return {
      key: entryKey(servicePort.key, entry.name),
      servicePort: formatServicePortName(servicePort.name),
      protocol: servicePort.name.protocol,
      listen: listenAddresses(servicePort, entry),
      endpoints: usable.map(endpointAddress),
      sessionAffinity: servicePort.sessionAffinity,
      sourceRanges: sourceRanges(servicePort, entry, nodeClients),
      inside: inside && { cidrs: nodeClients.cidrs, endpoints: inside.usable.map(endpointAddress) },
    }
  })
}

function endpointAddress({ key, address, port }: Endpoint): EndpointAddress {
  return { key, address, port }
}

/**
 * Where the node itself may come in, so may what has a load-balancer IP for its source: that is the node too, where the
 * address is bound to it.
 *
 * @see kubernetes v1.34 pkg/proxy/iptables/proxier.go "allowFromNode"
 */
function sourceRanges(
  { loadBalancerIngress }: ServicePort,
  { sourceRanges: ranges }: Entry,
  { addresses }: NodeClients,
): readonly string[] | undefined {
  const isNodeIn = ranges?.some((range) => {
    const cidr = CIDR.parse(range)
    return addresses.some((address) => cidr?.contains(address))
  })
  if (ranges === undefined || !isNodeIn) return ranges
  const vips = loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
  return [...ranges, ...vips.map(({ ip }) => hostCIDR(ip))]
}
