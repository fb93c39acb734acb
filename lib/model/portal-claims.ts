/**
 * PortalClaims: which ServicePorts promise an address to their clients, to tell those that two Services promise: one of
 * them cannot be served.
 *
 * The API server hands out cluster IPs and node ports once each; manifests that were written or joined by hand know no
 * such guard. External IPs and load balancer IPs are not here: they may be shared.
 */
import { formatHostPort } from '../address.ts'
import { serviceKey } from './service-port-name.ts'
import type { ServicePort } from './service-port.ts'

export interface PortalConflict {
  /** `10.96.0.10:80/TCP`, `node port 30080/TCP`. */
  readonly portal: string
  readonly servicePort: ServicePort
  /** Of another Service, which claimed it first. */
  readonly earlier: ServicePort
}

/** A portal of a ServicePort that another Service has too. */
export interface SharedPortal {
  readonly portal: string
  /** In the order of their claims. */
  readonly others: readonly [ServicePort, ...ServicePort[]]
}

/** By key of the ServicePort, in the order of the claims. */
type Owners = Map<string, ServicePort>

export class PortalClaims {
  /** By key of the ServicePort. */
  readonly #portals = new Map<string, readonly string[]>()
  /** By portal. */
  readonly #owners = new Map<string, Owners>()

  /** Takes a ServicePort in place of the one there was. Returns the conflicts of portals that are new to it. */
  set(servicePort: ServicePort): PortalConflict[] {
    const { key } = servicePort
    const before = this.#portals.get(key) ?? []
    const portals = portalsOf(servicePort)
    this.#drop(
      key,
      before.filter((portal) => !portals.includes(portal)),
    )
    this.#portals.set(key, portals)
    for (const portal of portals) {
      const owners = this.#owners.get(portal)
      if (owners === undefined) this.#owners.set(portal, new Map([[key, servicePort]]))
      else owners.set(key, servicePort)
    }
    return this.shared(servicePort)
      .filter(({ portal }) => !before.includes(portal))
      .map(({ portal, others: [earlier] }) => ({ portal, servicePort, earlier }))
  }

  /** A ServicePort is gone; one that was never there is harmless. */
  delete(key: string): void {
    this.#drop(key, this.#portals.get(key) ?? [])
    this.#portals.delete(key)
  }

  /** The portals of a ServicePort that other Services have too. */
  shared(servicePort: ServicePort): SharedPortal[] {
    const service = serviceKey(servicePort.name)
    return (this.#portals.get(servicePort.key) ?? []).flatMap((portal) => {
      // A dual-stack Service has its node port in both families.
      const [first, ...more] = [...(this.#owners.get(portal) as Owners).values()].filter(
        ({ name }) => serviceKey(name) !== service,
      )
      return first === undefined ? [] : [{ portal, others: [first, ...more] }]
    })
  }

  #drop(key: string, portals: readonly string[]): void {
    for (const portal of portals) {
      const owners = this.#owners.get(portal) as Owners
      owners.delete(key)
      if (owners.size === 0) this.#owners.delete(portal)
    }
  }
}

function portalsOf({ name, clusterIP, port, nodePort }: ServicePort): string[] {
  const portals = clusterIP === undefined ? [] : [formatHostPort(clusterIP, port)]
  if (nodePort !== 0) portals.push(`node port ${nodePort}`)
  return portals.map((portal) => `${portal}/${name.protocol}`)
}
