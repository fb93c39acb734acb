/**
 * connectionStatuses: open connections, and which of them are draining: they go on, and no new one would be where they
 * are. Pure.
 */
import { formatServicePortName } from './model/service-port-name.ts'
import type { DesiredServicePort } from './model/service-port.ts'
import type { ConnectionInfo } from './relay/data-plane.ts'

/** One row of `get connections`. */
export interface ConnectionStatus extends ConnectionInfo {
  /** Why it is not to last: the proxy is closing, or its endpoint gets no new connections; absent where it is. */
  readonly draining?: 'closing' | 'endpoint-removed'
}

export function connectionStatuses(
  connections: readonly ConnectionInfo[],
  desired: readonly DesiredServicePort[],
  { isClosing }: { readonly isClosing: boolean },
): ConnectionStatus[] {
  if (isClosing) return connections.map((info) => ({ ...info, draining: 'closing' }))
  const usable = endpointsInUse(connections, desired)
  return connections.map((info) => {
    if (info.endpoint === '' || usable.get(nameOf(info))?.has(info.endpoint)) return info
    return { ...info, draining: 'endpoint-removed' }
  })
}

function nameOf({ servicePort, protocol }: ConnectionInfo): string {
  return `${servicePort} ${protocol}`
}

/** Keys of the endpoints that get new connections by whatever way in, of the ServicePorts that have any connection. */
function endpointsInUse(
  connections: readonly ConnectionInfo[],
  desired: readonly DesiredServicePort[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const usable = new Map(connections.map((info) => [nameOf(info), new Set<string>()]))
  for (const { servicePort, entries } of desired) {
    const { name } = servicePort
    const keys = usable.get(`${formatServicePortName(name)} ${name.protocol}`)
    if (keys === undefined) continue
    for (const { usable, inside } of entries) {
      for (const { key } of [...usable, ...(inside?.usable ?? [])]) keys.add(key)
    }
  }
  return usable
}
