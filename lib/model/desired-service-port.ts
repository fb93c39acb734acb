/**
 * desiredServicePort: joins a ServicePort with the endpoints in the slices of its Service.
 */
import { compareText } from './compare-text.ts'
import { endpointsOfPort } from './endpoint-slices.ts'
import type { Endpoint } from './endpoint.ts'
import type { Entry, TrafficPolicy } from './entry.ts'
import type { EndpointSlice } from './objects.ts'
import type { Protocol } from './service-port-name.ts'
import type {
  DesiredEntry,
  DesiredServicePort,
  EndpointChoice,
  LeftOutEndpoint,
  ServicePort,
} from './service-port.ts'
import type { NodeTopology } from './topology.ts'
import { usableEndpoints } from './usable-endpoints.ts'

export interface EndpointRules {
  readonly slices: readonly EndpointSlice[]
  readonly node: NodeTopology
  /** Why an endpoint must never be dialled, whatever its conditions; `undefined` where it may be. */
  readonly refusal: (endpoint: Endpoint, protocol: Protocol) => string | undefined
}

export function desiredServicePort(
  servicePort: ServicePort,
  { slices, node, refusal }: EndpointRules,
): DesiredServicePort {
  const { name, endpointFamilies, entries } = servicePort
  const port = { name: name.port, protocol: name.protocol, families: endpointFamilies }
  const accepted: Endpoint[] = []
  const refused: LeftOutEndpoint[] = []
  for (const endpoint of endpointsOfPort(slices, port)) {
    const reason = refusal(endpoint, name.protocol)
    if (reason === undefined) accepted.push(endpoint)
    else refused.push({ endpoint, reason, isRefused: true })
  }
  const choice = (policy: TrafficPolicy): EndpointChoice => {
    const { usable, leftOut } = usableEndpoints(accepted, policy, node)
    return { usable, leftOut: [...leftOut, ...refused].sort(byEndpoint) }
  }
  const entryOf = (entry: Entry): DesiredEntry => {
    const isForOutside = entry.name !== 'internal' && entry.trafficPolicy === 'Local'
    return {
      name: entry.name,
      ...choice(entry.trafficPolicy),
      inside: isForOutside ? choice('Cluster') : undefined,
    }
  }
  const [internal, ...others] = entries
  return { servicePort, entries: [entryOf(internal), ...others.map(entryOf)] }
}

function byEndpoint(a: LeftOutEndpoint, b: LeftOutEndpoint): number {
  return compareText(a.endpoint.key, b.endpoint.key)
}
