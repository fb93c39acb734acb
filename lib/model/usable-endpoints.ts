/**
 * Chooses the endpoints of a ServicePort that may get new connections.
 *
 * Mirrors the cluster list of CategorizeEndpoints; it knows neither traffic policies nor topology.
 *
 * @see kubernetes v1.34 pkg/proxy/topology.go
 */
import type { Endpoint } from './endpoint.ts'
import type { LeftOutEndpoint } from './service-port.ts'

export interface EndpointChoice {
  readonly usable: readonly Endpoint[]
  readonly leftOut: readonly LeftOutEndpoint[]
}

/**
 * All that are ready; where there is none, those that terminate and still serve. A pod that terminates and whose
 * readiness probe fails never gets a connection. Keeps the order of `endpoints` in both lists.
 */
export function usableEndpoints(endpoints: readonly Endpoint[]): EndpointChoice {
  const isUsable = endpoints.some(isReady) ? isReady : isDraining
  const leftOut: LeftOutEndpoint[] = []
  const usable = endpoints.filter((endpoint) => {
    if (isUsable(endpoint)) return true
    leftOut.push({ endpoint, reason: isDraining(endpoint) ? 'terminating' : 'not ready' })
    return false
  })
  return { usable, leftOut }
}

function isReady(endpoint: Endpoint): boolean {
  return endpoint.ready
}

function isDraining(endpoint: Endpoint): boolean {
  return endpoint.serving && endpoint.terminating
}
