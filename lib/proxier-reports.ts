/**
 * ProxierReports: answers what is asked of a Proxier: its Services, endpoints, connections and counts. Changes nothing.
 */
import type { ConnectionStatus } from './connection-status.ts'
import { connectionStatuses } from './connection-status.ts'
import { endpointGaps } from './endpoint-gaps.ts'
import { endpointStats } from './endpoint-stats.ts'
import { explain } from './explain/explain.ts'
import type { ExplainQuery } from './explain/explain-query.ts'
import type { Explanation } from './explain/explanation.ts'
import type { KnownServicePorts } from './known-service-ports.ts'
import type { DesiredState } from './model/desired-state.ts'
import { formatServicePortName } from './model/service-port-name.ts'
import type { DesiredServicePort } from './model/service-port.ts'
import type { NetworkInterfaces } from './portal/node-addresses.ts'
import type { PortalBinder } from './portal/portal-binder.ts'
import type { ProxierStats } from './proxier-options.ts'
import type { DataPlane } from './relay/data-plane.ts'
import type { EndpointStatus, ProxiedStatus, ServiceStatus } from './status.ts'
import { endpointStatuses, serviceStatuses } from './status.ts'
import type { VirtualServer } from './virtual-servers.ts'
import { virtualServers } from './virtual-servers.ts'

export interface ProxierReportsOptions {
  readonly desired: DesiredState
  readonly dataPlane: DataPlane
  readonly known: KnownServicePorts
  readonly portalBinder: PortalBinder
  readonly interfaces: () => NetworkInterfaces
  /** A name of ipvsadm's, where it has one. */
  readonly scheduler: string
}

/** Each method is what the method of the same name says of `Proxier`. */
export class ProxierReports {
  readonly #options: ProxierReportsOptions

  constructor(options: ProxierReportsOptions) {
    this.#options = options
  }

  async services(): Promise<ServiceStatus[]> {
    const { desired, dataPlane, known } = this.#options
    const rows = desired.servicePorts()
    const statuses = serviceStatuses(rows, await dataPlane.stats())
    const proxied = statuses.map((status, index) => {
      const { servicePort } = rows[index] as DesiredServicePort
      const shared = known.sharedPortals(servicePort)
      if (shared.length === 0) return status
      const sharedPortals = shared.map(({ portal, others }) => ({
        portal,
        others: others.map(({ name }) => formatServicePortName(name)),
      }))
      return { ...status, sharedPortals }
    })
    const left = desired.notProxied().map((row) => ({ ...row, notProxied: true as const }))
    return [...proxied, ...left]
  }

  endpoints(): EndpointStatus[] {
    return endpointStatuses(this.#options.desired.servicePorts())
  }

  async connections(isClosing: boolean): Promise<readonly ConnectionStatus[]> {
    const connections = await this.#options.dataPlane.connections()
    return connectionStatuses(connections, this.#options.desired.servicePorts(), { isClosing })
  }

  async virtualServers(): Promise<VirtualServer[]> {
    const { desired, dataPlane, portalBinder, interfaces, scheduler } = this.#options
    const [sockets, connections] = await Promise.all([dataPlane.stats(), dataPlane.connections()])
    const addresses = Object.values(interfaces()).flatMap(
      (infos) => infos?.map(({ address }) => address) ?? [],
    )
    return virtualServers(desired.servicePorts(), {
      sockets,
      connections,
      mode: portalBinder.mode,
      nodeAddresses: [...new Set(addresses)],
      scheduler,
    })
  }

  explain(query: ExplainQuery): Promise<Explanation> {
    const { desired, dataPlane } = this.#options
    const servicePorts = desired.servicePorts()
    return explain(query, { dataPlane, servicePorts, notProxied: desired.notProxied() })
  }

  async stats(options: {
    endpoints: boolean
  }): Promise<Omit<ProxierStats, 'changes' | 'lastSyncMs' | 'source'>> {
    const { desired, dataPlane, portalBinder } = this.#options
    // Asked in one turn, so that they are of one moment.
    const [sockets, totals, counts] = await Promise.all([
      dataPlane.stats(),
      dataPlane.totals(),
      options.endpoints ? dataPlane.endpointCounts() : undefined,
    ])
    const rows = desired.servicePorts()
    const servicePorts = serviceStatuses(rows, sockets)
    const used = rows.filter((_, index) => (servicePorts[index] as ProxiedStatus).counts.opened > 0)
    return {
      servicePorts,
      totals,
      endpoints: counts === undefined ? [] : endpointStats(used, counts),
      gaps: endpointGaps(rows),
      portals: portalBinder.counts?.(),
    }
  }
}
