/**
 * DataPlaneSync: tells the data plane what has changed of the desired state, and notes what it was told.
 *
 * A change of one endpoint costs what its own Service costs. When it runs is the Proxier's to say; one run at a time.
 */
import { ProxyError } from './errors.ts'
import type { KnownServicePorts } from './known-service-ports.ts'
import type { DesiredState, EndpointTrigger } from './model/desired-state.ts'
import type { PortalConflict } from './model/portal-claims.ts'
import { RefusedEndpoints } from './model/refused-endpoints.ts'
import { formatServicePortName } from './model/service-port-name.ts'
import type { NodeClients } from './node-clients.ts'
import { nodeClients } from './node-clients.ts'
import { ephemeralNodePort } from './portal/ephemeral-node-port.ts'
import type { EphemeralPorts } from './ephemeral-ports.ts'
import type { NetworkInterfaces } from './portal/node-addresses.ts'
import type { PortalBinder } from './portal/portal-binder.ts'
import type { RefusedInfo } from './proxier-options.ts'
import { proxySocketSpecs } from './proxy-socket-specs.ts'
import type { DataPlane } from './relay/data-plane.ts'

export interface DataPlaneSyncOptions {
  readonly desired: DesiredState
  readonly dataPlane: Pick<DataPlane, 'apply'>
  readonly known: KnownServicePorts
  readonly portalBinder: PortalBinder
  readonly clusterCIDRs: readonly string[]
  readonly interfaces: () => NetworkInterfaces
  readonly ephemeralPorts: () => EphemeralPorts
  readonly onProblem: (error: ProxyError) => void
  readonly onRefused: (info: RefusedInfo) => void
}

export interface DataPlaneSynced {
  /** ServicePorts that are new or have changed. */
  readonly set: number
  readonly removed: number
  /** Keys of proxy sockets whose entries are no more; rules may still lead to them. */
  readonly leaving: readonly string[]
  readonly isPortalChange: boolean
  /** Where there were any: the changes of endpoints that this was the answer to. */
  readonly triggers?: readonly EndpointTrigger[]
}

export class DataPlaneSync {
  readonly #options: DataPlaneSyncOptions
  readonly #refused = new RefusedEndpoints()
  #isNodeChange = false
  #settled: Promise<unknown> = Promise.resolve()

  constructor(options: DataPlaneSyncOptions) {
    this.#options = options
  }

  /** The Node has changed, which concerns every ServicePort: the next run looks at all of them. */
  nodeChanged(): void {
    this.#isNodeChange = true
  }

  /** `isPeriodic`: looks at all of them too. The addresses of the node may have changed, and with them where to listen. */
  run(isPeriodic: boolean): Promise<DataPlaneSynced> {
    const running = this.#run(isPeriodic)
    this.#settled = running.catch(() => {})
    return running
  }

  /** Resolves when the run under way is over, whatever came of it. */
  get settled(): Promise<unknown> {
    return this.#settled
  }

  async #run(isPeriodic: boolean): Promise<DataPlaneSynced> {
    const { desired, dataPlane, known, portalBinder, onProblem, onRefused } = this.#options
    const changes = desired.takeChanges()
    const triggers = desired.takeTriggers()
    for (const { name, endpoints } of this.#refused.update(changes)) {
      onRefused({ servicePort: formatServicePortName(name), endpoints })
    }
    const removed = changes.removed.flatMap((key) => known.delete(key))
    const leaving: string[] = []
    // The Node may have another address: where the node's own clients are sent.
    /** By message: a dual-stack Service has its node port in both families. */
    const shared = new Map<string, ProxyError>()
    let isPortalChange = removed.length > 0 || this.#isNodeChange
    for (const { servicePort } of changes.set) {
      const { before, hasChanged, removed: stale, conflicts } = known.set(servicePort)
      for (const conflict of conflicts) {
        const problem = sharedPortal(conflict)
        shared.set(problem.message, problem)
      }
      leaving.push(...stale)
      isPortalChange ||= hasChanged
      if (before?.nodePort === servicePort.nodePort) continue
      const warning = ephemeralNodePort(servicePort, this.#options.ephemeralPorts)
      if (warning !== undefined) onProblem(warning)
    }
    for (const problem of shared.values()) onProblem(problem)
    const rows = isPeriodic || this.#isNodeChange ? desired.servicePorts() : changes.set
    if (this.#isNodeChange) portalBinder.setNode?.(desired.node)
    this.#isNodeChange = false
    await portalBinder.prepare?.(rows.map(({ servicePort }) => servicePort))
    const options = {
      listenAddresses: portalBinder.listenAddresses.bind(portalBinder),
      nodeClients: this.#nodeClients(),
    }
    const set = rows.flatMap((row) => proxySocketSpecs(row, options))
    await dataPlane.apply({ set, removed, leaving })
    return {
      set: changes.set.length,
      removed: changes.removed.length,
      leaving,
      isPortalChange,
      ...(triggers.length > 0 && { triggers }),
    }
  }

  #nodeClients(): NodeClients {
    const { clusterCIDRs, interfaces, desired } = this.#options
    const podCIDRs = desired.node?.podCIDRs ?? []
    return nodeClients({ clusterCIDRs, podCIDRs, interfaces: interfaces() })
  }
}

function sharedPortal({ portal, servicePort, earlier }: PortalConflict): ProxyError {
  const name = formatServicePortName(servicePort.name)
  const other = formatServicePortName(earlier.name)
  const what = `${portal} is a portal of ${other} too; only one of them can be served`
  return new ProxyError('ERR_PORTAL', `${name}: ${what}`, { servicePort: name })
}
