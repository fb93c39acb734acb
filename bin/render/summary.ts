/**
 * summaryLines: how many rules a mode has, and for each way into a Service how many of them ask a packet.
 */
import type { EntryWalk, Rendering } from '../../lib/lab/index.ts'
import { Table } from '../table.ts'

export function summaryLines({ mode, families, entries, assigned }: Rendering): string[] {
  const table = new Table<EntryWalk>({
    columns: [
      { header: 'SERVICE', cell: ({ service }) => service },
      { header: 'DIALLED', cell: ({ address, protocol }) => `${address}/${protocol}` },
      { header: 'FROM', cell: ({ client }) => client },
      { header: 'RULES', cell: ({ steps }) => String(steps.length) },
      { header: 'ENDS', cell: endOf },
    ],
  })
  const counts = families.map(({ family, ruleCount }) => `${ruleCount} for ${family}`)
  return [
    `${mode}: ${counts.length === 0 ? 'nothing would be installed' : `rules: ${counts.join(', ')}`}`,
    ...assigned.map(
      ({ service, clusterIP }) => `${service} has no cluster IP; ${clusterIP} is shown`,
    ),
    ...(entries.length === 0 ? [] : ['', 'Rules that ask the first packet of a connection:']),
    ...table.lines(entries),
  ]
}

function endOf({ fate, destination, isMasqueraded }: EntryWalk): string {
  if (destination === '') return fate === 'nowhere' ? 'no rule wants it' : fate
  return `${destination}, seen as ${isMasqueraded ? 'this node' : 'the client'}`
}
