/**
 * plannedServicePorts: the ServicePorts of a source with their usable endpoints, read once and never served.
 */
import { DesiredState } from './model/desired-state.ts'
import type { DesiredServicePort, NotProxied } from './model/service-port.ts'
import { parseOptions } from './options.ts'
import { parseCIDRs } from './portal/parse-cidrs.ts'
import type { ServiceSource } from './source/service-source.ts'

export interface PlannedServicePortsOptions {
  readonly source: ServiceSource
  readonly externalIPCIDRs?: readonly string[]
  /** Default `''`: no endpoint is local. */
  readonly nodeName?: string
}

export interface PlannedServicePorts {
  /** Sorted by key. Loopback endpoints are among the usable ones, as for manifests. */
  readonly servicePorts: readonly DesiredServicePort[]
  readonly notProxied: readonly NotProxied[]
}

/**
 * Reads the source once, and closes it.
 *
 * @throws {ProxyError} ERR_INVALID_OPTION, and what `source.start` throws
 */
export async function plannedServicePorts(
  options: PlannedServicePortsOptions,
): Promise<PlannedServicePorts> {
  const { source } = options
  const { externalIPCIDRs, nodeName } = parseOptions({
    externalIPCIDRs: options.externalIPCIDRs ?? [],
    nodeName: options.nodeName ?? '',
  })
  const desired = new DesiredState({
    allowLoopbackEndpoints: true,
    externalIPCIDRs: parseCIDRs('externalIPCIDRs', externalIPCIDRs),
    nodeName,
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
  const { set: servicePorts } = desired.takeChanges()
  return { servicePorts, notProxied: desired.notProxied() }
}
