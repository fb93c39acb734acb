/**
 * ServiceEntry: what a DesiredState knows of one Service, its objects and what was made of them.
 */
import type { EndpointSlice, Endpoints, Service } from './objects.ts'
import type { DesiredServicePort } from './service-port.ts'
import type { ServicePorts } from './service-ports.ts'

/** It exists as long as any of its objects does. */
export interface ServiceEntry {
  /** `namespace/name`. */
  readonly key: string
  service: Service | undefined
  /** By name. They may be told before their Service is. */
  readonly slices: Map<string, EndpointSlice>
  endpoints: Endpoints | undefined
  /** Of this Service `ports` were made, and their portals counted. */
  portsMadeOf: Service | undefined
  ports: ServicePorts
  /** By key of the ServicePort, as told last. */
  rows: ReadonlyMap<string, DesiredServicePort>
}

/** Of a Service that is not there. */
export const noPorts: ServicePorts = { servicePorts: [], notProxied: [] }

/** Of a Service of which nothing is known yet. `key` is its `namespace/name`. */
export function newEntry(key: string): ServiceEntry {
  return {
    key,
    service: undefined,
    slices: new Map(),
    endpoints: undefined,
    portsMadeOf: undefined,
    ports: noPorts,
    rows: new Map(),
  }
}

/** EndpointSlices win: Endpoints are an older way to say the same (KEP-4974). */
export function slicesOf({ slices, endpoints }: ServiceEntry): readonly EndpointSlice[] {
  return slices.size > 0 ? [...slices.values()] : (endpoints?.slices ?? [])
}

/** Whether its endpoints depend on the zone of the node. */
export function isHintedAt(entry: ServiceEntry): boolean {
  return slicesOf(entry).some(({ endpoints }) => endpoints.some((one) => one.forZones.length > 0))
}

/** Whether nothing is known of it any more. */
export function isEmpty({ service, slices, endpoints }: ServiceEntry): boolean {
  return service === undefined && slices.size === 0 && endpoints === undefined
}
