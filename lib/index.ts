/**
 * The only public door of the library.
 *
 * Everything that the binary does is reached through here. What is not exported is not promised.
 */
export { Proxier } from './proxier.ts'
export type { ListenerInfo, ProxierEvents, ProxierOptions, SyncInfo } from './proxier-options.ts'
export type { ExplainQuery, Via } from './explain/explain-query.ts'
export type { Explanation, LeftOut, UsableEndpoint } from './explain/explanation.ts'
export type { EndpointStatus, ProxiedStatus, ServiceStatus } from './status.ts'
export type { ConnectionStatus } from './connection-status.ts'
export { ipvsLines } from './ipvs-lines.ts'
export type { RealServer, VirtualServer } from './virtual-servers.ts'
export { sortVirtualServers } from './virtual-servers.ts'

// Where Services come from.
export { KubernetesSource } from './source/kubernetes-source.ts'
export type { KubernetesSourceOptions } from './source/kubernetes-source.ts'
export { ManifestSource } from './source/manifest-source.ts'
export type { ManifestSourceOptions } from './source/manifest-source.ts'
export { checkManifests } from './check-manifests.ts'
export type { CheckManifestsOptions, ManifestCheck } from './check-manifests.ts'
export { MemorySource } from './source/memory-source.ts'
export type { ServiceSource, ServiceSourceListener, SourceStatus } from './source/service-source.ts'

// How an endpoint is chosen.
export type { LoadBalancer, LoadBalancerFactory, OpenTo } from './balance/load-balancer.ts'
export { LeastConnection } from './balance/least-connection.ts'
export { RoundRobin } from './balance/round-robin.ts'

// How the addresses that clients dial reach the proxy sockets.
export { NonePortalBinder } from './portal/none-portal-binder.ts'
export type { NonePortalBinderOptions } from './portal/none-portal-binder.ts'
export { IptablesPortalBinder } from './portal/iptables-portal-binder.ts'
export type { IptablesPortalBinderOptions } from './portal/iptables-portal-binder.ts'
export { AnyIPPortalBinder } from './portal/anyip-portal-binder.ts'
export type { AnyIPPortalBinderOptions } from './portal/anyip-portal-binder.ts'
export { cleanUpIptables } from './portal/iptables-cleanup.ts'
export type { CleanUpOptions } from './portal/iptables-cleanup.ts'
export { cleanUpAnyIP } from './portal/anyip-cleanup.ts'
export type { AnyIPCleanUpOptions } from './portal/anyip-cleanup.ts'
export { plannedRules } from './planned-rules.ts'
export type { PlannedRulesOptions } from './planned-rules.ts'
export { plannedListeners } from './portal/planned-listeners.ts'
export { plannedServicePorts } from './planned-service-ports.ts'
export type { PlannedServicePorts, PlannedServicePortsOptions } from './planned-service-ports.ts'
export type { CommandResult, RunCommand } from './portal/run-command.ts'
export type { BoundServicePort, PortalBinder, PortalMode } from './portal/portal-binder.ts'

// What the objects are.
export type { Endpoint, EndpointAddress } from './model/endpoint.ts'
export type { BoundListener, ListenAddress, ListenRole } from './model/listen-address.ts'
export type {
  EndpointSlice,
  Endpoints,
  KubernetesObject,
  LoadBalancerIngress,
  ObjectKey,
  Service,
  SessionAffinity,
} from './model/objects.ts'
export type { Protocol, ServicePortName } from './model/service-port-name.ts'
export { formatServicePortName } from './model/service-port-name.ts'
export type {
  DesiredEntry,
  DesiredServicePort,
  EndpointChoice,
  LeftOutEndpoint,
  NotProxied,
  ServicePort,
} from './model/service-port.ts'
export type { Entry, EntryName, TrafficPolicy, Way } from './model/entry.ts'

// What is counted and why things end.
export type {
  ClosedConnectionInfo,
  ConnectionInfo,
  ListenerStatus,
  ProxySocketCounts,
} from './relay/data-plane.ts'
export { closeReasons, failureReasons } from './relay/reasons.ts'
export type { CloseReason, FailureReason } from './relay/reasons.ts'

// How a process goes on with what another one has begun.
export { SharedPorts } from './shared-ports.ts'
export type { SharedPlace, SharedPortsState } from './shared-ports.ts'
export type { LateReply, SocketPins } from './relay/data-plane.ts'

// What a Proxier shows to others.
export { AdminServer } from './observe/admin-server.ts'
export type { AdminServerOptions } from './observe/admin-server.ts'
export { ConnectionLog } from './observe/connection-log.ts'
export type { ConnectionLogOptions } from './observe/connection-log.ts'
export { metricDefinitions, Metrics } from './observe/metrics.ts'
export type { MetricsOptions, MetricsText } from './observe/metrics.ts'
export { HealthServer } from './observe/health-server.ts'
export type { HealthServerOptions } from './observe/health-server.ts'
export { eventReasons } from './observe/event-reasons.ts'
export type { EventReason } from './observe/event-reasons.ts'
export { KubernetesEvents } from './observe/kubernetes-events.ts'
export type {
  EventCounts,
  EventsProxier,
  KubernetesEventsOptions,
} from './observe/kubernetes-events.ts'
export { ServiceHealthServers } from './observe/service-health-servers.ts'
export type {
  ServiceHealthFailure,
  ServiceHealthProxier,
  ServiceHealthServersOptions,
} from './observe/service-health-servers.ts'

export { errorCodes, ProxyError } from './errors.ts'
export type { ErrorCode } from './errors.ts'
export type { LogFields, Logger } from './logger.ts'
export { correction, defaults, parseOptions } from './options.ts'
export { countMistakes } from './model/count-mistakes.ts'
export type { ProxyOptions, RelayOptions, Scheduler } from './options.ts'
export { canonicalAddress, CIDR, formatHostPort, parseHostPort } from './address.ts'
export type { IPFamily } from './address.ts'
