/**
 * Chooses the endpoints of a ServicePort that may get new connections, by traffic policy, conditions and hints.
 *
 * Mirrors CategorizeEndpoints: for each policy the ready ones, and where there is none, those that terminate and still
 * serve. A pod that terminates and whose readiness probe fails never gets a connection.
 *
 * @see kubernetes v1.34 pkg/proxy/topology.go
 */
import type { Endpoint } from './endpoint.ts'
import type { TrafficPolicy } from './entry.ts'
import type { EndpointChoice, LeftOutEndpoint } from './service-port.ts'
import { isHinted, topologyMode, type NodeTopology } from './topology.ts'

/** Whether an endpoint is usable: `''`, or the rule that leaves it out. */
type Rule = (endpoint: Endpoint) => string

/** The choice for one policy. Keeps the order of `endpoints` in both lists. */
export function usableEndpoints(
  endpoints: readonly Endpoint[],
  policy: TrafficPolicy,
  node: NodeTopology,
): EndpointChoice {
  const rule = policy === 'Local' ? localRule(endpoints, node) : clusterRule(endpoints, node)
  const usable: Endpoint[] = []
  const leftOut: LeftOutEndpoint[] = []
  for (const endpoint of endpoints) {
    const reason = rule(endpoint)
    if (reason === '') usable.push(endpoint)
    else leftOut.push({ endpoint, reason })
  }
  return { usable, leftOut }
}

/** Whether `endpoint` is on this node. */
export function isLocal({ nodeName }: Pick<Endpoint, 'nodeName'>, node: NodeTopology): boolean {
  return node.nodeName !== '' && nodeName === node.nodeName
}

/** Hints count among ready endpoints only: where all terminate, any that still serves will do. */
function clusterRule(endpoints: readonly Endpoint[], node: NodeTopology): Rule {
  const ready = endpoints.filter(isReady)
  const mode = topologyMode(ready, node)
  return (endpoint) => {
    const reason = conditionRule(endpoint, ready.length > 0)
    return reason || (isHinted(endpoint, mode, node) ? '' : `hinted to other ${mode}s`)
  }
}

/** Never an endpoint elsewhere, also where there is none here: a load balancer is to see that. Hints do not count. */
function localRule(endpoints: readonly Endpoint[], node: NodeTopology): Rule {
  const hasReady = endpoints.some((endpoint) => isReady(endpoint) && isLocal(endpoint, node))
  return (endpoint) =>
    conditionRule(endpoint, hasReady) || (isLocal(endpoint, node) ? '' : 'on another node')
}

function conditionRule(endpoint: Endpoint, hasReady: boolean): string {
  if (isReady(endpoint)) return ''
  if (!isDraining(endpoint)) return 'not ready'
  return hasReady ? 'terminating' : ''
}

function isReady(endpoint: Endpoint): boolean {
  return endpoint.ready
}

function isDraining(endpoint: Endpoint): boolean {
  return endpoint.serving && endpoint.terminating
}
