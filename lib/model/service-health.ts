/**
 * ServiceHealth: what a load balancer is told of one Service when it asks this node (healthCheckNodePort).
 *
 * Mirrors the counting of kube-proxy, where it is a by-product of the sync; it serves nothing itself.
 *
 * @see kubernetes v1.34 pkg/proxy/endpointschangetracker.go LocalReadyEndpoints, pkg/proxy/healthcheck/service_health.go
 */
import type { Service } from './objects.ts'
import type { DesiredServicePort } from './service-port.ts'
import type { NodeTopology } from './topology.ts'
import { isLocal } from './usable-endpoints.ts'

export interface ServiceHealth {
  readonly namespace: string
  readonly name: string
  readonly healthCheckNodePort: number
  /**
   * Different addresses of endpoints on this node that are ready, in the family that has more. Those that terminate do
   * not count (KEP-1669), nor those that are never dialled.
   */
  readonly localEndpoints: number
}

/** The health of a Service by its ServicePorts; `undefined` where it has no healthCheckNodePort or does not use it. */
export function serviceHealth(
  service: Service,
  rows: Iterable<DesiredServicePort>,
  node: NodeTopology,
): ServiceHealth | undefined {
  const { namespace, name, type, healthCheckNodePort } = service
  const isLocalOnly = type === 'LoadBalancer' && service.externalTrafficPolicy === 'Local'
  if (!isLocalOnly || healthCheckNodePort === 0) return undefined
  return { namespace, name, healthCheckNodePort, localEndpoints: localEndpoints(rows, node) }
}

function localEndpoints(rows: Iterable<DesiredServicePort>, node: NodeTopology): number {
  const endpoints = [...rows].flatMap(({ entries: [{ usable, leftOut }] }) => [
    ...usable,
    ...leftOut.filter(({ isRefused }) => !isRefused).map(({ endpoint }) => endpoint),
  ])
  const ready = endpoints.filter((one) => one.ready && isLocal(one, node))
  const addresses = [...new Set(ready.map(({ address }) => address))]
  // A pod of a dual-stack Service has an address of each family; kube-proxy counts in each family by itself.
  const ofIPv6 = addresses.filter((address) => address.includes(':')).length
  return Math.max(ofIPv6, addresses.length - ofIPv6)
}
