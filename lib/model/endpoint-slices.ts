/**
 * Merges the EndpointSlices of one Service into the endpoints of one of its ports.
 *
 * Mirrors the EndpointSliceCache, but keeps nothing: slices in, endpoints out. Differs in one point: of two entries for
 * one `ip:port` that are both not terminating a ready one wins, else the first; there it is the last.
 *
 * @see kubernetes v1.34 pkg/proxy/endpointslicecache.go
 */
import { formatHostPort, type IPFamily } from '../address.ts'
import { compareText } from './compare-text.ts'
import type { Endpoint } from './endpoint.ts'
import type { EndpointSlice } from './objects.ts'
import type { Protocol } from './service-port-name.ts'

export interface EndpointPort {
  /** Ports are matched by name and protocol; each slice says its own number. */
  readonly name: string
  readonly protocol: Protocol
  /** Slices of other families are left out, as is `FQDN`. */
  readonly families: readonly IPFamily[]
}

/** The endpoints of `port`, sorted by `key`; the same whatever the order in which the slices arrived. */
export function endpointsOfPort(slices: Iterable<EndpointSlice>, port: EndpointPort): Endpoint[] {
  const endpoints = new Map<string, Endpoint>()
  for (const slice of [...slices].sort((a, b) => compareText(a.name, b.name))) {
    if (!port.families.some((family) => family === slice.addressType)) continue
    for (const endpoint of endpointsOfSlice(slice, port)) {
      const known = endpoints.get(endpoint.key)
      // An endpoint may be in two slices for a moment, and the address of a pod that still terminates may be
      // another pod's already.
      if (known === undefined || rank(endpoint) > rank(known)) endpoints.set(endpoint.key, endpoint)
    }
  }
  return [...endpoints.values()].sort((a, b) => compareText(a.key, b.key))
}

function rank({ terminating, ready }: Endpoint): number {
  if (terminating) return 0
  return ready ? 2 : 1
}

function* endpointsOfSlice(slice: EndpointSlice, wanted: EndpointPort): Generator<Endpoint> {
  for (const { name, protocol, port } of slice.ports) {
    if (name !== wanted.name || protocol !== wanted.protocol) continue
    for (const endpoint of slice.endpoints) {
      yield { ...endpoint, key: formatHostPort(endpoint.address, port), port }
    }
  }
}
