/**
 * `get endpoints`: every endpoint of every ServicePort, and why those that are left out are.
 */
import type { EndpointStatus } from '../../lib/index.ts'
import { formatHostPort, formatServicePortName } from '../../lib/index.ts'
import type { Gone, Resource } from './resource.ts'

export const endpoints: Resource<Gone<EndpointStatus>> = {
  name: 'endpoints',
  aliases: ['endpoint', 'ep'],
  namespace: ({ namespace }) => namespace,
  id: (endpoint) =>
    [formatServicePortName(endpoint), endpoint.protocol, endpoint.family, where(endpoint)].join(
      ' ',
    ),
  restless: [],
  views: [
    {
      holds: () => true,
      columns: [
        { header: 'SERVICE', mayBeCut: true, cell: formatServicePortName },
        { header: 'PROTO', cell: ({ protocol }) => protocol },
        { header: 'ENDPOINT', cell: where },
        { header: 'TARGET', mayBeCut: true, cell: ({ targetName }) => targetName ?? '' },
        { header: 'STATE', mayBeCut: true, cell: stateText },
        { header: 'NODE', isWide: true, cell: ({ nodeName }) => nodeName ?? '' },
      ],
    },
  ],
}

function where({ address, endpointPort }: EndpointStatus): string {
  return formatHostPort(address, endpointPort)
}

/** `usable` or why it is not; where it depends on the way in, `external: on another node, internal: usable`. */
function stateText({ gone, reason, usableBy, leftOutBy }: Gone<EndpointStatus>): string {
  if (gone === true) return 'gone'
  if (leftOutBy.length === 0) return 'usable'
  if (usableBy.length === 0 && leftOutBy.every((other) => other.reason === reason)) return reason
  const usable = usableBy.map((entry) => ({ entry, reason: 'usable' }))
  return [...leftOutBy, ...usable]
    .filter(({ entry }) => entry !== 'load-balancer') // it has the policy of one of the others
    .map(({ entry, reason }) => `${entry}: ${reason}`)
    .join(', ')
}
