/** What a Proxier is made of, and what it tells. */
import type { LoadBalancerFactory } from './balance/load-balancer.ts'
import type { IPFamily } from './address.ts'
import type { ChangeCountsView } from './change-counts.ts'
import type { EndpointGaps } from './endpoint-gaps.ts'
import type { EndpointStats } from './endpoint-stats.ts'
import type { ProxyError } from './errors.ts'
import type { Logger } from './logger.ts'
import type { LeftOutEndpoint } from './model/service-port.ts'
import type { ProxyOptions } from './options.ts'
import type { EphemeralPorts } from './ephemeral-ports.ts'
import type { NetworkInterfaces } from './portal/node-addresses.ts'
import type { PortalBinder, PortalCounts } from './portal/portal-binder.ts'
import type {
  ClosedConnectionInfo,
  ConnectionInfo,
  DataPlaneTotals,
  ListenerStatus,
} from './relay/data-plane.ts'
import type { SharedPorts } from './shared-ports.ts'
import type { ServiceSource, SourceStatus } from './source/service-source.ts'
import type { ProxiedStatus } from './status.ts'

/** What a Proxier is made of. Only `source` has no default. */
export interface ProxierOptions extends Partial<ProxyOptions> {
  readonly source: ServiceSource
  /** Default: a NonePortalBinder on `bindAddress`. */
  readonly portalBinder?: PortalBinder
  /** Makes the scheduler of each ServicePort. Default: that of `scheduler`. */
  readonly loadBalancer?: LoadBalancerFactory
  /** Default: silence. */
  readonly logger?: Logger
  /** Whether endpoints may be loopback addresses. Default: what the source says; true for manifests and memory. */
  readonly allowLoopbackEndpoints?: boolean
  /** The ports that outgoing connections may take. Default: what the system says. */
  readonly ephemeralPorts?: () => EphemeralPorts
  /** Lists the interfaces of this machine. Default `os.networkInterfaces`. */
  readonly interfaces?: () => NetworkInterfaces
  /** Where listening sockets are shared with the process that comes next. Default: they are this process's alone. */
  readonly sharedPorts?: SharedPorts
  /** Clients wait until `takeOver`, and nothing is lost that the process before this one accepts. Default false. */
  readonly isSuccessor?: boolean
  /** Monotonic clock in ms. Default `performance.now`. */
  readonly now?: () => number
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number
}

export interface SyncInfo {
  /** ServicePorts that are new or have changed. */
  readonly set: number
  readonly removed: number
  readonly durationMs: number
  /**
   * How long each change of endpoints has taken from what triggered it, as its EndpointSlice says, to this sync. Changes
   * from before this process are left out.
   */
  readonly networkProgramming: readonly NetworkProgramming[]
}

export interface NetworkProgramming {
  readonly family: IPFamily
  readonly durationMs: number
}

/** What metrics are made of, all of one moment. */
export interface ProxierStats {
  readonly servicePorts: readonly ProxiedStatus[]
  readonly totals: DataPlaneTotals
  /** Of ServicePorts that were ever used. Empty where they were not asked for. */
  readonly endpoints: readonly EndpointStats[]
  readonly gaps: EndpointGaps
  readonly changes: ChangeCountsView
  /** See `ProxierHealth`. */
  readonly lastSyncMs: number | undefined
  readonly source: SourceStatus | undefined
  /** `undefined` where the portal binder has nothing to count. */
  readonly portals: PortalCounts | undefined
}

export interface ListenerInfo extends ListenerStatus {
  /** `namespace/name:port`. */
  readonly servicePort: string
}

export interface RefusedInfo {
  /** `namespace/name:port`. */
  readonly servicePort: string
  /** Those that were not refused before, sorted by key, each with the reason; never empty. */
  readonly endpoints: readonly LeftOutEndpoint[]
}

/** What probes ask. */
export interface ProxierHealth {
  /** Whether all that the source held at first was programmed. */
  readonly hasSynced: boolean
  /** Whether `close` was called: connections may still be ending. */
  readonly isClosing: boolean
  /** When the data plane was last made to match: ms since 1970, `undefined` where it never was. */
  readonly lastSyncMs: number | undefined
  /** For how long the oldest change waits that is not programmed yet, in ms. */
  readonly waitingMs: number
  /** Whether that is less than two sync periods, as kube-proxy has it. */
  readonly isHealthy: boolean
  /** Whether load balancers may send traffic to this node: it is there, and not about to leave (KEP-3836). */
  readonly isNodeEligible: boolean
  /** Listeners that could not be bound; they are tried again. */
  readonly unboundListeners: readonly ListenerInfo[]
  /** Worker threads that are gone and not replaced yet: what they alone served is not served. */
  readonly lostWorkers: number
  readonly source: SourceStatus | undefined
}

export interface ProxierEvents {
  /** The data plane matches the objects again. */
  sync: [info: SyncInfo]
  /** The portals lead to the proxy sockets again, after `durationMs`. */
  portals: [info: { readonly durationMs: number }]
  /** The source hears of changes again, or no longer. */
  source: [status: SourceStatus]
  /** A listener was bound, lost, or could not be bound and will be tried again. */
  listener: [info: ListenerInfo]
  /** Endpoints have appeared that are never dialled because of their address. */
  refused: [info: RefusedInfo]
  /** A connection or UDP flow has reached an endpoint. */
  connection: [info: ConnectionInfo]
  /** A connection or UDP flow is over (told within 50 ms), or reached no endpoint (at once); `reason` says why. */
  close: [info: ClosedConnectionInfo]
  /** Something is wrong; what worked goes on. Not named 'error', which ends a process that does not listen for it. */
  problem: [error: ProxyError]
}
