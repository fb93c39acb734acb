/**
 * Explanation: what becomes of a new connection to a ServicePort, and of each of its endpoints. Pure: it joins the desired
 * state, which knows the rules, with what the data plane knows of clients and endpoints.
 *
 * Where the two differ, because a change is under way, the data plane is right: it is what clients meet.
 */
import type { EndpointView, NextEndpoint } from '../balance/balancer-view.ts'
import type { Endpoint } from '../model/endpoint.ts'
import type { EntryName, TrafficPolicy, Way } from '../model/entry.ts'
import type { SessionAffinity } from '../model/objects.ts'
import type { ServicePort } from '../model/service-port.ts'
import type { ClientView } from '../relay/data-plane.ts'
import type { ServicePortId } from '../status.ts'
import type { WayIn } from './way-in.ts'

export interface Explanation extends ServicePortId {
  readonly way: Way
  readonly entry: EntryName
  readonly trafficPolicy: TrafficPolicy
  /** `null`: no client in particular. */
  readonly client: string | null
  /** CIDRs of the clients that may come in by this way; `null`: anyone. */
  readonly sourceRanges: readonly string[] | null
  /** Whether the client may; `null` where none was named and that depends on it. */
  readonly isAdmitted: boolean | null
  /** Whether the client is a pod or this node, so that `externalTrafficPolicy: Local` does not concern it. */
  readonly isInside: boolean
  readonly sessionAffinity: SessionAffinity
  /** Where affinity holds the client, and for how long yet, in ms; `null` where it does not. */
  readonly pin: { readonly endpoint: string; readonly leftMs: number } | null
  /** What a new connection, or UDP flow, dials first. */
  readonly next: NextEndpoint
  /** Those that may get new connections by this way and from this client, sorted by key. */
  readonly usable: readonly UsableEndpoint[]
  /** Those that may not, with the rule that leaves them out. */
  readonly leftOut: readonly LeftOut[]
}

interface EndpointId {
  /** `address:port`. */
  readonly endpoint: string
  readonly targetName: string | null
  readonly nodeName: string | null
}

export interface UsableEndpoint extends EndpointId, Omit<EndpointView, 'key'> {}

export interface LeftOut extends EndpointId {
  readonly reason: string
}

export interface ExplanationInput {
  readonly servicePort: ServicePort
  readonly wayIn: WayIn
  /** `''`: none in particular. */
  readonly client: string
  readonly view: ClientView
}

export function explanation({ servicePort, wayIn, client, view }: ExplanationInput): Explanation {
  const { way, entry, desired } = wayIn
  const { isAdmitted, isInside, pin, endpoints, next } = view
  const choice = (isInside && desired.inside) || desired
  const details = new Map(choice.usable.map((endpoint) => [endpoint.key, endpoint]))
  const { namespace, name, port, protocol } = servicePort.name
  return {
    namespace,
    name,
    port,
    protocol,
    family: servicePort.family,
    way,
    entry: entry.name,
    trafficPolicy: entry.trafficPolicy,
    client: client === '' ? null : client,
    sourceRanges: entry.sourceRanges ?? null,
    isAdmitted,
    isInside,
    sessionAffinity: servicePort.sessionAffinity,
    pin: pin && { endpoint: pin.endpointKey, leftMs: Math.ceil(pin.leftMs) },
    next,
    usable: endpoints.map(({ key, retryMs, silentMs, ...rest }) => ({
      ...endpointId(key, details.get(key)),
      ...rest,
      retryMs: Math.ceil(retryMs),
      silentMs: Math.floor(silentMs),
    })),
    leftOut: choice.leftOut.map(({ endpoint, reason }) => ({
      ...endpointId(endpoint.key, endpoint),
      reason,
    })),
  }
}

function endpointId(key: string, endpoint: Endpoint | undefined): EndpointId {
  return {
    endpoint: key,
    targetName: endpoint?.targetName ?? null,
    nodeName: endpoint?.nodeName ?? null,
  }
}
