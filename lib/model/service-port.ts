/**
 * ServicePort: what one port of a Service promises in one address family.
 *
 * @see kubernetes v1.34 pkg/proxy/serviceport.go. There one proxier exists per family; here the family is part of
 * the key, so that a dual-stack Service is two ServicePorts that share nothing.
 */
import type { IPFamily } from '../address.ts'
import type { Endpoint } from './endpoint.ts'
import type { LoadBalancerIngress, SessionAffinity } from './objects.ts'
import type { ServicePortName } from './service-port-name.ts'

export interface ServicePort {
  /** `namespace/name:port/PROTOCOL/family`. */
  readonly key: string
  readonly name: ServicePortName
  readonly family: IPFamily
  /** Families its endpoints may be of: its own; both where the Service has no cluster IP at all. */
  readonly endpointFamilies: readonly IPFamily[]
  readonly port: number
  /** `undefined` where no cluster IP of this family is allocated. */
  readonly clusterIP: string | undefined
  /** 0 where there is none. */
  readonly nodePort: number
  readonly externalIPs: readonly string[]
  readonly loadBalancerIngress: readonly LoadBalancerIngress[]
  readonly sessionAffinity: SessionAffinity
}

/** A ServicePort joined with its endpoints: one row of the desired state. */
export interface DesiredServicePort {
  readonly servicePort: ServicePort
  /** Those that may get new connections, sorted by key. */
  readonly usable: readonly Endpoint[]
  /** Those that exist and may not, each with the rule that left it out. */
  readonly leftOut: readonly LeftOutEndpoint[]
}

export interface LeftOutEndpoint {
  readonly endpoint: Endpoint
  readonly reason: string
}

/** A Service, or one port of it, that is not proxied. */
export interface NotProxied {
  readonly namespace: string
  readonly name: string
  /** Name of the port, or `undefined` where the whole Service is left out. */
  readonly port: string | undefined
  /** A sentence without a full stop: `headless Service: its clients dial the endpoints themselves`. */
  readonly reason: string
}
