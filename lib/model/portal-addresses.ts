/**
 * Counts the addresses that clients dial (portals) over all ServicePorts, to tell an endpoint that is one of them:
 * dialling it would come back to this proxy, without end.
 *
 * A count and not a set, because two ServicePorts may name one address (an external IP that is a load balancer's
 * too). Node ports are not here: their addresses are the node's, which the model does not know.
 */
import { formatHostPort } from '../address.ts'
import type { Protocol } from './service-port-name.ts'
import type { ServicePort } from './service-port.ts'

export class PortalAddresses {
  readonly #counts: Readonly<Record<Protocol, Map<string, number>>> = {
    TCP: new Map(),
    UDP: new Map(),
  }

  /** Whether `hostPort` (`address:port`) is a portal: a UDP endpoint on the address of a TCP portal is no loop. */
  has(hostPort: string, protocol: Protocol): boolean {
    return this.#counts[protocol].has(hostPort)
  }

  /** Counts the portals of `servicePort`; returns those that were none before. */
  add(servicePort: ServicePort): string[] {
    const counts = this.#counts[servicePort.name.protocol]
    return portalsOf(servicePort).filter((hostPort) => {
      const count = counts.get(hostPort) ?? 0
      counts.set(hostPort, count + 1)
      return count === 0
    })
  }

  /** Takes back what `add` counted for this ServicePort; returns those that are portals no more. */
  delete(servicePort: ServicePort): string[] {
    const counts = this.#counts[servicePort.name.protocol]
    return portalsOf(servicePort).filter((hostPort) => {
      const count = (counts.get(hostPort) as number) - 1
      if (count > 0) counts.set(hostPort, count)
      else counts.delete(hostPort)
      return count === 0
    })
  }
}

function portalsOf(servicePort: ServicePort): string[] {
  const { clusterIP, externalIPs, loadBalancerIngress, port } = servicePort
  // `ipMode: Proxy` is left to the real load balancer, so it is no portal of ours (KEP-1860).
  const loadBalancerIPs = loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
  return [
    ...(clusterIP === undefined ? [] : [clusterIP]),
    ...externalIPs,
    ...loadBalancerIPs.map(({ ip }) => ip),
  ].map((address) => formatHostPort(address, port))
}
