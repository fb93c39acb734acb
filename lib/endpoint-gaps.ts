/**
 * endpointGaps: what is missing of endpoints, or never used, over all ServicePorts. Pure.
 *
 * @see kubernetes v1.34 pkg/proxy/iptables/proxier.go serviceNoLocalEndpointsTotalInternal
 */
import type { IPFamily } from './address.ts'
import type { DesiredEntry, DesiredServicePort } from './model/service-port.ts'

/** ServicePorts with a policy Local, without an endpoint on this node and with one elsewhere. */
export interface NoLocalEndpoints {
  readonly family: IPFamily
  readonly trafficPolicy: 'internal' | 'external'
  readonly count: number
}

export interface EndpointGaps {
  /** Endpoints that are never dialled because of their address; one is as many as there are ServicePorts that have it. */
  readonly refused: number
  /** A row for each family and policy. */
  readonly noLocal: readonly NoLocalEndpoints[]
}

export function endpointGaps(rows: readonly DesiredServicePort[]): EndpointGaps {
  const refused = rows.flatMap(({ entries: [{ leftOut }] }) =>
    leftOut.filter(({ isRefused }) => isRefused),
  )
  const noLocal = (['IPv4', 'IPv6'] as const).flatMap((family) => {
    const ofFamily = rows.filter(({ servicePort }) => servicePort.family === family)
    return (['internal', 'external'] as const).map((trafficPolicy) => {
      const count = ofFamily.filter((row) => lacksLocal(row, trafficPolicy)).length
      return { family, trafficPolicy, count }
    })
  })
  return { refused: refused.length, noLocal }
}

function lacksLocal({ servicePort, entries }: DesiredServicePort, policy: string): boolean {
  return servicePort.entries.some(({ name, trafficPolicy }, index) => {
    const isOfPolicy = (name === 'internal') === (policy === 'internal')
    return isOfPolicy && trafficPolicy === 'Local' && isElsewhere(entries[index] as DesiredEntry)
  })
}

function isElsewhere({ usable, leftOut }: DesiredEntry): boolean {
  return (
    usable.length === 0 &&
    leftOut.some(
      ({ isRefused, endpoint: { ready, serving, terminating } }) =>
        !isRefused && (ready || (serving && terminating)),
    )
  )
}
