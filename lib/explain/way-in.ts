/**
 * wayIn: the way that a client comes into a ServicePort, and the entry that this way belongs to. Pure.
 */
import type { Entry, Way } from '../model/entry.ts'
import { formatServicePortName } from '../model/service-port-name.ts'
import type { DesiredEntry, DesiredServicePort, ServicePort } from '../model/service-port.ts'
import { invalidOption } from '../options.ts'
import type { Via } from './explain-query.ts'

export interface WayIn {
  readonly way: Way
  readonly entry: Entry
  readonly desired: DesiredEntry
}

const waysOfVia: Readonly<Record<Via, readonly Way[]>> = {
  cluster: ['cluster-ip'],
  // The first there is: they differ only by the source ranges of load-balancer IPs.
  external: ['external-ip', 'node-port', 'load-balancer-ip'],
  'load-balancer': ['load-balancer-ip'],
  'node-port': ['node-port'],
}

/** @throws {ProxyError} ERR_INVALID_OPTION where the ServicePort cannot be reached so */
export function wayIn({ servicePort, entries }: DesiredServicePort, via: Via): WayIn {
  const way = waysOfVia[via].find((way) => isThere[way](servicePort))
  if (way === undefined) {
    const right = (Object.keys(waysOfVia) as Via[]).filter((other) =>
      waysOfVia[other].some((way) => isThere[way](servicePort)),
    )
    const name = formatServicePortName(servicePort.name)
    const what = `is ${JSON.stringify(via)}, and ${name} cannot be reached that way`
    throw invalidOption('via', what, right.join(', ').replace(/, (?=[^,]*$)/, ' or '))
  }
  const index = servicePort.entries.findIndex(({ ways }) => ways.includes(way))
  // Each way is in exactly one entry.
  return {
    way,
    entry: servicePort.entries[index] as Entry,
    desired: entries[index] as DesiredEntry,
  }
}

/** Without a cluster IP, as in a manifest, it is where the proxy socket listens. */
const isThere: Readonly<Record<Way, (servicePort: ServicePort) => boolean>> = {
  'cluster-ip': () => true,
  'external-ip': ({ externalIPs }) => externalIPs.length > 0,
  'load-balancer-ip': ({ loadBalancerIngress }) =>
    loadBalancerIngress.some(({ ipMode }) => ipMode === 'VIP'),
  'node-port': ({ nodePort }) => nodePort > 0,
}
