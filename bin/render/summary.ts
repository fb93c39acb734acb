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
      { header: mode === 'ipvs' ? 'LOOKUPS' : 'RULES', cell: ({ ruleCount }) => String(ruleCount) },
      { header: 'ENDS', cell: endOf },
    ],
  })
  const counts = families.map(({ family, counts }) => {
    const words = Object.entries(counts).map(([what, count]) => {
      return `${count} ${count === 1 ? what.replace(/s$/, '') : what}`
    })
    return `${words.join(', ')} for ${family}`
  })
  return [
    `${mode}: ${counts.join('; ') || 'nothing would be installed'}`,
    ...families.flatMap(({ dummyAddresses }) => dummyLines(dummyAddresses)),
    ...assigned.map(
      ({ service, clusterIP }) => `${service} has no cluster IP; ${clusterIP} is shown`,
    ),
    ...(entries.length === 0 ? [] : ['', heading(mode)]),
    ...table.lines(entries),
  ]
}

function heading(mode: Rendering['mode']): string {
  // There is no netfilter in it to be walked.
  return mode === 'ipvs'
    ? 'What the first packet of a connection costs:'
    : 'Rules that ask the first packet of a connection:'
}

function dummyLines(addresses: readonly string[]): string[] {
  return addresses.length === 0 ? [] : [`kube-ipvs0 has ${addresses.join(', ')}`]
}

function endOf({ fate, destination, isMasqueraded }: EntryWalk): string {
  if (destination === '') return fate === 'nowhere' ? 'no rule wants it' : fate
  if (fate === 'proxy') return `the proxy at ${destination}; its endpoints see this node`
  return `${destination}, which sees ${isMasqueraded ? 'this node' : 'the client'}`
}
