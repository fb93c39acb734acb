/**
 * plannedListeners: a ServicePort as it would be bound, to show what a portal binder would install.
 */
import type { ServicePort } from '../model/service-port.ts'
import type { BoundServicePort, PortalBinder } from './portal-binder.ts'

/** Returns each entry with the first choice of each of its listeners; a port that is not known yet is 0. */
export function plannedListeners(
  binder: Pick<PortalBinder, 'listenAddresses'>,
  servicePort: ServicePort,
): BoundServicePort[] {
  return servicePort.entries.map((entry) => {
    const listeners = binder
      .listenAddresses(servicePort, entry)
      .map(({ role, address, ports }) => ({ role, address, port: ports[0] ?? 0 }))
    return { servicePort, entry, listeners }
  })
}
