/**
 * KnownServicePorts: what the Proxier has programmed, and which proxy socket belongs to which ServicePort and entry.
 */
import type { Entry } from './model/entry.ts'
import { entryKey } from './model/entry.ts'
import { plainEqual } from './model/plain-equal.ts'
import type { PortalConflict, SharedPortal } from './model/portal-claims.ts'
import { PortalClaims } from './model/portal-claims.ts'
import { formatServicePortName } from './model/service-port-name.ts'
import type { ServicePort } from './model/service-port.ts'
import type { BoundServicePort } from './portal/portal-binder.ts'
import type { ListenerInfo } from './proxier-options.ts'
import type { ListenerStatus, ProxySocketStatus } from './relay/data-plane.ts'

interface Known {
  readonly servicePort: ServicePort
  readonly entry: Entry
}

export class KnownServicePorts {
  readonly #servicePorts = new Map<string, ServicePort>()
  readonly #sockets = new Map<string, Known>()
  readonly #claims = new PortalClaims()

  /** The ServicePort of a proxy socket, by the socket's key. */
  ofSocket(socketKey: string): ServicePort | undefined {
    return this.#sockets.get(socketKey)?.servicePort
  }

  /**
   * Takes a ServicePort in place of the one there was. An endpoint change alone is no matter of the portals: then it is
   * the same again.
   *
   * @returns the one before, whether it differs, the keys of proxy sockets whose entries are no more, and portals that
   * it has now and another Service had already
   */
  set(servicePort: ServicePort): {
    before: ServicePort | undefined
    hasChanged: boolean
    removed: readonly string[]
    conflicts: readonly PortalConflict[]
  } {
    const { key, entries } = servicePort
    const before = this.#servicePorts.get(key)
    const removed = this.#forgetSockets(before).filter(isNoneOf(servicePort))
    this.#servicePorts.set(key, servicePort)
    for (const entry of entries)
      this.#sockets.set(entryKey(key, entry.name), { servicePort, entry })
    const conflicts = this.#claims.set(servicePort)
    return { before, hasChanged: !plainEqual(before, servicePort), removed, conflicts }
  }

  /** Forgets a ServicePort; returns the keys of its proxy sockets. */
  delete(key: string): readonly string[] {
    const keys = this.#forgetSockets(this.#servicePorts.get(key))
    this.#servicePorts.delete(key)
    this.#claims.delete(key)
    return keys
  }

  /** The portals of a ServicePort that other Services have too. */
  sharedPortals(servicePort: ServicePort): readonly SharedPortal[] {
    return this.#claims.shared(servicePort)
  }

  /** What was programmed, joined with what is bound; sockets that are unknown are left out. */
  bound(statuses: readonly ProxySocketStatus[]): BoundServicePort[] {
    return statuses.flatMap(({ key, listeners }) => {
      const known = this.#sockets.get(key)
      if (known === undefined) return []
      return [{ ...known, listeners: listeners.filter(({ port }) => port > 0) }]
    })
  }

  /** All listeners that are not bound, of those sockets that are known. */
  unbound(statuses: readonly ProxySocketStatus[]): ListenerInfo[] {
    return statuses.flatMap(({ key, listeners }) =>
      listeners
        .filter(({ port }) => port === 0)
        .flatMap((status) => this.listenerInfo(key, status) ?? []),
    )
  }

  /** A listener with the name of its ServicePort; `undefined` where the socket is not known, as while it is leaving. */
  listenerInfo(socketKey: string, status: ListenerStatus): ListenerInfo | undefined {
    const servicePort = this.ofSocket(socketKey)
    return servicePort && { servicePort: formatServicePortName(servicePort.name), ...status }
  }

  #forgetSockets(servicePort: ServicePort | undefined): readonly string[] {
    const keys = socketKeys(servicePort)
    for (const socketKey of keys) this.#sockets.delete(socketKey)
    return keys
  }
}

function socketKeys(servicePort: ServicePort | undefined): string[] {
  if (servicePort === undefined) return []
  const { key, entries } = servicePort
  return entries.map(({ name }) => entryKey(key, name))
}

function isNoneOf(servicePort: ServicePort): (socketKey: string) => boolean {
  const keys = new Set(socketKeys(servicePort))
  return (socketKey) => !keys.has(socketKey)
}
