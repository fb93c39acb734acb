/**
 * ephemeralNodePort: what is wrong with a node port that any outgoing connection can take at any moment.
 */
import { ProxyError } from '../errors.ts'
import { formatServicePortName } from '../model/service-port-name.ts'
import type { ServicePort } from '../model/service-port.ts'
import type { EphemeralPorts } from '../ephemeral-ports.ts'

/** A warning (kubernetes#111823), or `undefined` where the node port is out of that range, or there is none. */
export function ephemeralNodePort(
  { name, nodePort }: ServicePort,
  ephemeralPorts: () => EphemeralPorts,
): ProxyError | undefined {
  if (nodePort === 0) return undefined
  const range = ephemeralPorts()
  if (!range.has(nodePort)) return undefined
  const servicePort = formatServicePortName(name)
  const what = `node port ${nodePort} lies in the ephemeral range ${range.text}, where any program may hold it`
  const right = `${nodePort} in net.ipv4.ip_local_reserved_ports would keep it free`
  const reason = 'NodePortInEphemeralRange'
  return new ProxyError('ERR_PORTAL', `${servicePort}: ${what}; ${right}`, { servicePort, reason })
}
