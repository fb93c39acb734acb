/**
 * plannedRules: what a portal binder would install for the objects of a source, without installing anything.
 */
import { DesiredState } from './model/desired-state.ts'
import { parseOptions } from './options.ts'
import { parseCIDRs } from './portal/parse-cidrs.ts'
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
  const { source, portalBinder } = options
  const { externalIPCIDRs } = parseOptions({ externalIPCIDRs: options.externalIPCIDRs ?? [] })
  const desired = new DesiredState({
    allowLoopbackEndpoints: true,
    externalIPCIDRs: parseCIDRs('externalIPCIDRs', externalIPCIDRs),
  })
  try {
    await source.start({
      set: (object) => desired.set(object),
      delete: (key) => desired.delete(key),
      problem: () => {}, // at the start every problem is an error
    })
  } finally {
    await source.close()
  }
  const rows = desired.takeChanges().set
  return portalBinder.rules(
    rows.flatMap(({ servicePort }) => plannedListeners(portalBinder, servicePort)),
  )
}
