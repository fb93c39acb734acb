/**
 * The Kubernetes objects as this proxy keeps them: checked, in canonical form, and only the fields it reads.
 *
 * Defaults of the API server are filled in, so that nothing above this floor asks "is it there?". Addresses are
 * canonical text (see `canonicalAddress`). All of it is plain, structured-cloneable data.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/api/core/v1/types.go, discovery/v1/types.go
 */
import type { IPFamily } from '../address.ts'
import type { TrafficPolicy } from './entry.ts'

export type ObjectKind = 'Service' | 'EndpointSlice' | 'Endpoints' | 'Node'

export interface ObjectKey {
  readonly kind: ObjectKind
  /** `''` for a Node, which is in none. */
  readonly namespace: string
  readonly name: string
}

export type ObjectProtocol = 'TCP' | 'UDP' | 'SCTP'

export interface ServiceObjectPort {
  /** `''` where the Service has one port without a name. */
  readonly name: string
  readonly protocol: ObjectProtocol
  /** 1 to 65535. */
  readonly port: number
  /** 1 to 65535, or 0 where the Service has none. */
  readonly nodePort: number
}

/** `timeoutSeconds`: 1 to 86400, a sliding window, default 10800. */
export type SessionAffinity =
  { readonly type: 'None' } | { readonly type: 'ClientIP'; readonly timeoutSeconds: number }

export interface LoadBalancerIngress {
  readonly ip: string
  /** `Proxy`: traffic has to go through the real load balancer, so the address is left alone (KEP-1860). */
  readonly ipMode: 'VIP' | 'Proxy'
}

export interface Service extends ObjectKey {
  readonly kind: 'Service'
  readonly labels: Readonly<Record<string, string>>
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
  /** `spec.clusterIP: None`. */
  readonly headless: boolean
  /** The first is the primary one; empty where none is allocated (a manifest that was never sent to a cluster). */
  readonly clusterIPs: readonly string[]
  readonly ports: readonly ServiceObjectPort[]
  readonly externalIPs: readonly string[]
  readonly loadBalancerIngress: readonly LoadBalancerIngress[]
  readonly sessionAffinity: SessionAffinity
  readonly internalTrafficPolicy: TrafficPolicy
  readonly externalTrafficPolicy: TrafficPolicy
  /** CIDRs of the clients that may use the load-balancer IPs. Empty: all may. */
  readonly loadBalancerSourceRanges: readonly string[]
  /** 1 to 65535, or 0 where there is none. */
  readonly healthCheckNodePort: number
}

export interface SlicePort {
  readonly name: string
  readonly protocol: ObjectProtocol
  /** 1 to 65535. Ports without a number are left out: the API gives them no meaning for a proxy. */
  readonly port: number
}

export interface SliceEndpoint {
  /** Canonical, of the slice's family. Only the first of `addresses` has a meaning. */
  readonly address: string
  /** Default true. */
  readonly ready: boolean
  /** Default true. */
  readonly serving: boolean
  /** Default false. */
  readonly terminating: boolean
  readonly nodeName: string | undefined
  readonly zone: string | undefined
  /** Zones, and nodes, whose proxies are to use it. Empty: no hint. */
  readonly forZones: readonly string[]
  readonly forNodes: readonly string[]
  /** Name of the pod behind it (`targetRef.name`), for people only. */
  readonly targetName: string | undefined
}

export interface EndpointSlice extends ObjectKey {
  readonly kind: 'EndpointSlice'
  /** Value of the label `kubernetes.io/service-name`. */
  readonly serviceName: string
  /** `FQDN` slices are read and left out by every proxy (kubernetes#114210). */
  readonly addressType: IPFamily | 'FQDN'
  readonly ports: readonly SlicePort[]
  readonly endpoints: readonly SliceEndpoint[]
  /** When the change of a pod or Service came that this is the answer to, in RFC 3339, where the slice says so; unchecked. */
  readonly lastChangeTriggerTime?: string
}

/** The deprecated Endpoints object, already cut into slices: one for each subset and address family. */
export interface Endpoints extends ObjectKey {
  readonly kind: 'Endpoints'
  readonly slices: readonly EndpointSlice[]
}

/** What a proxy has to know of the node it runs on. */
export interface Node extends ObjectKey {
  readonly kind: 'Node'
  /** Its own addresses (`InternalIP`, then `ExternalIP`), the primary one of each family first. */
  readonly addresses: readonly string[]
  /** Where its pods have their addresses. */
  readonly podCIDRs: readonly string[]
  readonly zone: string | undefined
  /** Whether it is being deleted, or the autoscaler is about to: load balancers should let go of it (KEP-3836). */
  readonly isLeaving: boolean
}

export type KubernetesObject = Service | EndpointSlice | Endpoints | Node

/** The key of an object in a map: `kind/namespace/name`. */
export function objectKey(object: ObjectKey): string {
  return `${object.kind}/${object.namespace}/${object.name}`
}
