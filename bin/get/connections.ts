/**
 * `get connections`: every connection and UDP flow that is open now. UP is what the client has sent, DOWN what it got.
 */
import type { ConnectionStatus } from '../../lib/index.ts'
import { formatAge } from '../age.ts'
import { formatByteCount } from '../byte-count.ts'
import { stateOf } from './connection-state.ts'
import type { Gone, Resource } from './resource.ts'

export const connections: Resource<Gone<ConnectionStatus>> = {
  name: 'connections',
  aliases: ['connection', 'conns', 'conn'],
  namespace: ({ servicePort }) => servicePort.replace(/\/.*/, ''),
  id: ({ id }) => String(id),
  restless: ['ageMs'],
  views: [
    {
      holds: () => true,
      columns: [
        { header: 'SERVICE', mayBeCut: true, cell: ({ servicePort }) => servicePort },
        { header: 'PROTO', cell: ({ protocol }) => protocol },
        { header: 'CLIENT', cell: ({ client }) => client },
        { header: 'ENDPOINT', cell: ({ endpoint }) => endpoint },
        { header: 'STATE', cell: (info) => (info.gone === true ? 'gone' : stateOf(info)) },
        { header: 'AGE', isRestless: true, cell: ({ ageMs }) => formatAge(ageMs) },
        {
          header: 'UP',
          isWide: true,
          cell: ({ bytesFromClient }) => formatByteCount(bytesFromClient),
        },
        {
          header: 'DOWN',
          isWide: true,
          cell: ({ bytesFromEndpoint }) => formatByteCount(bytesFromEndpoint),
        },
        { header: 'ENTRY', isWide: true, cell: ({ entry }) => entry },
        { header: 'DIALS', isWide: true, cell: ({ attempts }) => String(attempts) },
        { header: 'ID', isWide: true, cell: ({ id }) => String(id) },
      ],
    },
  ],
}
