/**
 * What `hello` prints: the two Services, and lines to paste.
 */
import type { ProxiedStatus } from '../../lib/index.ts'
import { placeColumns } from '../get/service-columns.ts'
import { tableWidth } from '../get/format.ts'
import { Table } from '../table.ts'

export interface InvitationOptions {
  readonly services: readonly ProxiedStatus[]
  /** How this program is called, where `get` works; else why it does not. */
  readonly get: { readonly command: string } | { readonly problem: string }
}

/** Without a last line break. */
export function invitation({ services, get }: InvitationOptions): string {
  const table = new Table({ columns: placeColumns, width: tableWidth })
  return [
    'Two Services, three endpoints each, and the proxy in front: all in this process.',
    '',
    ...table.lines(services),
    '',
    'Paste these into another terminal, three times each: three pods answer in turn.',
    '',
    ...services.flatMap(pasteLine).map((line) => `  ${line}`),
    '',
    ...getLines(get),
    '',
    'Ctrl-C ends it all.',
  ].join('\n')
}

/** Nothing for a Service that could not be bound; the table says why. */
function pasteLine({ protocol, listeners }: ProxiedStatus): string[] {
  const listener = listeners.find(({ port }) => port > 0)
  if (listener === undefined) return []
  const { address, port } = listener
  return protocol === 'TCP'
    ? [`curl http://${address}:${port}/`]
    : [`echo hi | nc -u -w1 ${address} ${port}`]
}

function getLines(get: InvitationOptions['get']): string[] {
  if ('problem' in get) return [`(get would not work now: ${get.problem})`]
  return [
    'What the proxy sees, in this folder:',
    '',
    `  ${get.command} get services`,
    `  ${get.command} get connections`,
  ]
}
