/**
 * plannedRules: what a portal binder would install for the objects of a source, without installing anything.
 */
import { plannedServicePorts } from './planned-service-ports.ts'
import { plannedListeners } from './portal/planned-listeners.ts'
import type { BoundServicePort, PortalBinder } from './portal/portal-binder.ts'
import type { ServiceSource } from './source/service-source.ts'

export interface PlannedRulesOptions {
  readonly source: ServiceSource
  readonly portalBinder: PortalBinder & { rules(bound: readonly BoundServicePort[]): string }
  readonly externalIPCIDRs?: readonly string[]
}

/**
 * Reads the source once, and returns the text: rules as `iptables-save` prints them, or routes as `ip route` does. A
 * proxy port that is not known before it is bound is PROXYPORT.
 *
 * @throws {ProxyError} ERR_INVALID_OPTION, and what `source.start` throws
 */
export async function plannedRules(options: PlannedRulesOptions): Promise<string> {
  const { portalBinder } = options
  const { servicePorts } = await plannedServicePorts(options)
  return portalBinder.rules(
    servicePorts.flatMap(({ servicePort }) => plannedListeners(portalBinder, servicePort)),
  )
}
