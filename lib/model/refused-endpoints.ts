/**
 * RefusedEndpoints: which endpoints are refused because of their address that were not so at the last sync.
 *
 * Looks at what has changed only, and remembers only ServicePorts that have such endpoints: none as a rule.
 */
import type { DesiredChanges } from './desired-state.ts'
import type { ServicePortName } from './service-port-name.ts'
import type { LeftOutEndpoint } from './service-port.ts'

export interface NewlyRefused {
  readonly name: ServicePortName
  /** Sorted by key; never empty. */
  readonly endpoints: readonly LeftOutEndpoint[]
}

export class RefusedEndpoints {
  /** Keys of endpoints, by key of the ServicePort. */
  readonly #known = new Map<string, ReadonlySet<string>>()

  /** Takes the changes of one sync; returns a row for each ServicePort that has an endpoint which is refused now. */
  update({ set, removed }: DesiredChanges): NewlyRefused[] {
    const found: NewlyRefused[] = []
    for (const { servicePort, entries } of set) {
      // An address that is refused is so for every entry.
      const refused = entries[0].leftOut.filter(({ isRefused }) => isRefused === true)
      const before = this.#known.get(servicePort.key)
      const endpoints = refused.filter(({ endpoint }) => !before?.has(endpoint.key))
      if (endpoints.length > 0) found.push({ name: servicePort.name, endpoints })
      if (refused.length === 0) this.#known.delete(servicePort.key)
      else this.#known.set(servicePort.key, new Set(refused.map(({ endpoint }) => endpoint.key)))
    }
    for (const key of removed) this.#known.delete(key)
    return found
  }
}
