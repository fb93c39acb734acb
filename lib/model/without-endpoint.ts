/**
 * servicePortsWithoutEndpoint: the ServicePorts whose clients would all be reset, and what their objects lack.
 */
import type { KubernetesObject } from './objects.ts'
import { formatServicePortName, serviceKey } from './service-port-name.ts'
import type { DesiredServicePort, NotProxied } from './service-port.ts'

/** In the order of `rows`, once for both families. */
export function servicePortsWithoutEndpoint(
  objects: readonly KubernetesObject[],
  rows: readonly DesiredServicePort[],
): NotProxied[] {
  const portNames = portNamesOf(objects)
  const found = new Map<string, NotProxied>()
  for (const { servicePort, entries } of rows) {
    const [{ usable, leftOut }] = entries
    // Whether policy Local leaves one depends on the node that asks.
    const isLocal = servicePort.entries[0].trafficPolicy === 'Local'
    if (usable.length > 0 || (isLocal && leftOut.length > 0)) continue
    const { namespace, name, port } = servicePort.name
    const [first] = leftOut
    const reason = first
      ? `${first.endpoint.key} ${first.reason}`
      : noEndpoint(port, portNames.get(serviceKey(servicePort.name)))
    const key = formatServicePortName(servicePort.name)
    if (!found.has(key)) found.set(key, { namespace, name, port, reason })
  }
  return [...found.values()]
}

function noEndpoint(port: string, names: ReadonlySet<string> | undefined): string {
  if (names === undefined) return 'there is no EndpointSlice and no Endpoints of it'
  if (names.has(port)) return 'no endpoint has its port, protocol and address family'
  const list = [...names].map((name) => (name === '' ? 'none' : `"${name}"`)).join(', ')
  return `its port is named ${port === '' ? 'not at all' : `"${port}"`}, those of its endpoints: ${list}`
}

/** Of all ports that the endpoints of a Service have. */
function portNamesOf(objects: readonly KubernetesObject[]): Map<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>()
  for (const object of objects) {
    const slices =
      object.kind === 'EndpointSlice' ? [object] : object.kind === 'Endpoints' ? object.slices : []
    for (const { namespace, serviceName, ports } of slices) {
      const key = serviceKey({ namespace, name: serviceName })
      const known = names.get(key) ?? new Set<string>()
      for (const { name } of ports) known.add(name)
      names.set(key, known)
    }
  }
  return names
}
