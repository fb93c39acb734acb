/**
 * How a ServicePort is shown in a table: the start-up table of `run` and `hello`, and `get services`.
 */
import type { ListenerStatus, NotProxied, ProxiedStatus } from '../../lib/index.ts'
import { formatHostPort, formatServicePortName } from '../../lib/index.ts'
import type { Column } from '../table.ts'
import type { Gone } from './resource.ts'

export const placeColumns: readonly Column<Gone<ProxiedStatus>>[] = [
  { header: 'NAME', mayBeCut: true, cell: formatServicePortName },
  { header: 'PROTO', cell: ({ protocol }) => protocol },
  { header: 'LISTEN', isList: true, cell: listenText },
  { header: 'ENDPOINTS', isList: true, cell: endpointsText },
]

export const notProxiedColumns: readonly Column<Gone<NotProxied>>[] = [
  {
    header: 'NOT PROXIED',
    mayBeCut: true,
    cell: ({ namespace, name, port }) =>
      port ? `${namespace}/${name}:${port}` : `${namespace}/${name}`,
  },
  {
    header: 'REASON',
    mayBeCut: true,
    cell: ({ gone, reason }) => (gone === true ? 'gone' : reason),
  },
]

/** The listeners that are bound, or why there is none. */
function listenText({ gone, listeners }: Gone<ProxiedStatus>): string {
  if (gone === true) return 'gone'
  return listeners
    .map(({ address, port, error }) =>
      port > 0 ? formatHostPort(address, port) : `pending: ${shortReason(error)}`,
    )
    .join(',')
}

/** `2/3`; where it depends on the way in, `2/3 internal,1/3 external`. */
function endpointsText({ endpoints: { usable, total }, entries }: ProxiedStatus): string {
  if (entries.every((entry) => entry.usable === usable)) return `${usable}/${total}`
  return entries
    .filter(({ name }) => name !== 'load-balancer') // it has the policy of one of the others
    .map(({ name, usable }) => `${usable}/${total} ${name}`)
    .join(',')
}

/** `EADDRINUSE` of `EADDRINUSE: 127.0.0.1:80 is taken by another process`: `-o wide` has the sentence. */
function shortReason(error: ListenerStatus['error'] = 'not tried yet'): string {
  return /^E[A-Z]+(?=: )/.exec(error)?.[0] ?? error
}
