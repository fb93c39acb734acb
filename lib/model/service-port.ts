/**
 * ServicePort: what one port of a Service promises in one address family.
 *
 * @see kubernetes v1.34 pkg/proxy/serviceport.go. There one proxier exists per family; here the family is part of
 * the key, so that a dual-stack Service is two ServicePorts that share nothing.
 */
import type { IPFamily } from '../address.ts'
import type { Endpoint } from './endpoint.ts'
import type { Entry, EntryName } from './entry.ts'
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
  /** The ways in, each with its policy; `internal` first. */
  readonly entries: readonly [Entry, ...Entry[]]
}

/** A ServicePort joined with its endpoints: one row of the desired state. */
export interface DesiredServicePort {
  readonly servicePort: ServicePort
  /** One for each of `servicePort.entries`, in their order. */
  readonly entries: readonly [DesiredEntry, ...DesiredEntry[]]
}

/** All endpoints that a ServicePort has are in one of the two lists. */
export interface EndpointChoice {
  /** Those that may get new connections, sorted by key. */
  readonly usable: readonly Endpoint[]
  /** Those that exist and may not, each with the rule that left it out. */
  readonly leftOut: readonly LeftOutEndpoint[]
}

/** The endpoints of one entry. */
export interface DesiredEntry extends EndpointChoice {
  readonly name: EntryName
  /**
   * For clients of this very node, whom an external policy Local does not concern: it is as if they had gone to the
   * load balancer and come back on any node. `undefined`: they get what all others get.
   */
  readonly inside: EndpointChoice | undefined
}

export interface LeftOutEndpoint {
  readonly endpoint: Endpoint
  readonly reason: string
  /** Whether it is never dialled, whatever its conditions, because of its address. */
  readonly isRefused?: true
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
