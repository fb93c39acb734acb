/**
 * portalConflicts: addresses that two Services promise to their clients, of which one cannot be served.
 */
import { PortalClaims, type PortalConflict } from './portal-claims.ts'
import { serviceKey } from './service-port-name.ts'
import type { ServicePort } from './service-port.ts'

/** In the order of the list; each ServicePort is compared with the first one that has its portal. */
export function portalConflicts(servicePorts: readonly ServicePort[]): readonly PortalConflict[] {
  const claims = new PortalClaims()
  const conflicts = new Map<string, PortalConflict>()
  for (const servicePort of servicePorts) {
    for (const conflict of claims.set(servicePort)) {
      // A dual-stack Service has its node port in both families.
      conflicts.set(`${serviceKey(servicePort.name)} ${conflict.portal}`, conflict)
    }
  }
  return [...conflicts.values()]
}
