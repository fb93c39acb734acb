/**
 * portalConflicts: addresses that two Services promise to their clients, of which one cannot be served.
 *
 * The API server hands out cluster IPs and node ports once each; manifests that were written or joined by hand know no
 * such guard.
 */
import { formatHostPort } from '../address.ts'
import { serviceKey } from './service-port-name.ts'
import type { ServicePort } from './service-port.ts'

export interface PortalConflict {
  /** `10.96.0.10:80/TCP`, `node port 30080/TCP`. */
  readonly portal: string
  readonly servicePort: ServicePort
  /** Of another Service, earlier in the list. */
  readonly earlier: ServicePort
}

/** In the order of the list; each ServicePort is compared with the first one that has its portal. */
export function portalConflicts(servicePorts: readonly ServicePort[]): readonly PortalConflict[] {
  const owners = new Map<string, ServicePort>()
  const conflicts = new Map<string, PortalConflict>()
  for (const servicePort of servicePorts) {
    for (const portal of portalsOf(servicePort)) {
      const earlier = owners.get(portal)
      if (earlier === undefined) owners.set(portal, servicePort)
      // A dual-stack Service has its node port in both families.
      else if (serviceKey(earlier.name) !== serviceKey(servicePort.name)) {
        const conflict = { portal, servicePort, earlier }
        conflicts.set(`${serviceKey(servicePort.name)} ${portal}`, conflict)
      }
    }
  }
  return [...conflicts.values()]
}

function portalsOf({ name, clusterIP, port, nodePort }: ServicePort): string[] {
  const portals = clusterIP === undefined ? [] : [formatHostPort(clusterIP, port)]
  if (nodePort !== 0) portals.push(`node port ${nodePort}`)
  return portals.map((portal) => `${portal}/${name.protocol}`)
}
