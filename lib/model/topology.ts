/**
 * Topology: which ready endpoints the hints in EndpointSlices mean for this node.
 *
 * The controller writes hints for `trafficDistribution` and for topology-mode Auto alike; a proxy looks at hints alone.
 * One endpoint without a hint is enough to ignore that kind of hint for the whole port: it shows that the controller
 * has not hinted all of them yet, or has given up.
 *
 * @see kubernetes v1.34 pkg/proxy/topology.go topologyModeFromHints; KEP-2433, KEP-3015
 */
import type { Endpoint } from './endpoint.ts'

/** The node this proxy runs on. */
export interface NodeTopology {
  /** `''` where it is not known: then no endpoint is local. */
  readonly nodeName: string
  readonly zone: string | undefined
}

export type TopologyMode = 'node' | 'zone' | 'none'

/** What the hints of a port's ready endpoints say. */
export function topologyMode(
  ready: readonly Endpoint[],
  { nodeName, zone }: NodeTopology,
): TopologyMode {
  if (ready.length === 0) return 'none'
  const areFor = (hints: 'forNodes' | 'forZones', own: string): boolean =>
    ready.every((endpoint) => endpoint[hints].length > 0) &&
    ready.some((endpoint) => endpoint[hints].includes(own))
  if (nodeName !== '' && areFor('forNodes', nodeName)) return 'node'
  return zone !== undefined && areFor('forZones', zone) ? 'zone' : 'none'
}

/** Whether the hints of an endpoint leave it to this node. */
export function isHinted(endpoint: Endpoint, mode: TopologyMode, node: NodeTopology): boolean {
  if (mode === 'node') return endpoint.forNodes.includes(node.nodeName)
  return mode === 'none' || endpoint.forZones.includes(node.zone ?? '')
}
