/**
 * An explanation in words: what becomes of the client on top, then a table of the endpoints it may get, then one of those it
 * may not.
 */
import type { Explanation, LeftOut, UsableEndpoint } from '../../lib/index.ts'
import { formatServicePortName } from '../../lib/index.ts'
import { formatAge } from '../age.ts'
import { formatDuration } from '../duration.ts'
import { tableWidth } from '../get/format.ts'
import type { Column } from '../table.ts'
import { Table } from '../table.ts'
import { wrapText } from '../wrap-text.ts'

/** Lines of at most 80 characters, but for a name that is longer. */
export function explanationLines(explanation: Explanation): string[] {
  const facts: readonly (readonly [string, string])[] = [
    ['Service', serviceText(explanation)],
    ['Way in', wayText(explanation)],
    ['Client', clientText(explanation)],
    ['Affinity', affinityText(explanation)],
    ['Next', nextText(explanation)],
  ]
  return [
    ...facts.flatMap(([name, text]) => paragraph(name, text)),
    ...block(usableColumns(explanation), explanation.usable),
    ...block(leftOutColumns, explanation.leftOut),
  ]
}

/** Where the text of a fact begins. */
const indent = 10

function paragraph(name: string, text: string): string[] {
  const [first, others] = [name.padEnd(indent), ' '.repeat(indent)]
  return wrapText(text.replaceAll(/\p{C}/gu, '?'), { width: tableWidth, first, others })
}

function block<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const lines = new Table({ columns, width: tableWidth }).lines(rows)
  return lines.length === 0 ? [] : ['', ...lines]
}

function serviceText(explanation: Explanation): string {
  const { protocol, family } = explanation
  return `${formatServicePortName(explanation)}, ${protocol}, ${family}`
}

const ways: Readonly<Record<Explanation['way'], string>> = {
  'cluster-ip': 'cluster IP',
  'external-ip': 'external IP',
  'load-balancer-ip': 'load-balancer IP',
  'node-port': 'node port',
}

function wayText({ way, trafficPolicy }: Explanation): string {
  const policy = way === 'cluster-ip' ? 'internalTrafficPolicy' : 'externalTrafficPolicy'
  return `${ways[way]}, ${policy} ${trafficPolicy}`
}

function clientText({ client, isAdmitted, isInside, sourceRanges }: Explanation): string {
  const ranges = sourceRanges?.join(', ') || 'none of its family'
  if (isAdmitted === null) return `may come in from loadBalancerSourceRanges only: ${ranges}`
  if (client === null) return 'any may come in; --client IP asks about one'
  if (!isAdmitted) return `${client} may not come in: loadBalancerSourceRanges are ${ranges}`
  if (!isInside) return `${client} may come in`
  return `${client} may come in; a pod or this node itself, so that Local does not concern it`
}

function affinityText({ sessionAffinity, client, pin }: Explanation): string {
  if (sessionAffinity.type === 'None') return 'None'
  const policy = `ClientIP for ${formatDuration(sessionAffinity.timeoutSeconds * 1000)}`
  if (pin !== null) {
    return `${policy}: pinned to ${pin.endpoint} for ${formatAge(pin.leftMs)} more`
  }
  return client === null ? policy : `${policy}: this client is not pinned`
}

function nextText({ next, usable, protocol }: Explanation): string {
  if (next.endpoint === null) return noNextText(next.why, protocol)
  const { standing } = usable.find(({ endpoint }) => endpoint === next.endpoint) ?? {}
  // A pin holds to a suspect also where others are better.
  const isLastResort = standing === 'deferred' || (standing === 'suspect' && next.why === 'turn')
  if (isLastResort) return `${next.endpoint}, though it is ${standing}: no other is better`
  const why = next.why === 'pinned' ? 'the client is pinned to it' : 'it is its turn'
  return `${next.endpoint}: ${why}`
}

function noNextText(why: Explanation['next']['why'], protocol: Explanation['protocol']): string {
  if (why === 'unknown') return 'only the scheduler knows'
  return `none (${why}): ${protocol === 'TCP' ? 'the client is reset' : 'what it sends is dropped'}`
}

function usableColumns({ next }: Explanation): readonly Column<UsableEndpoint>[] {
  return [
    { header: 'USABLE', cell: ({ endpoint }) => endpoint },
    ...places,
    { header: 'STATE', cell: (endpoint) => stateText(endpoint, next.endpoint) },
  ]
}

const places: readonly Column<UsableEndpoint | LeftOut>[] = [
  { header: 'TARGET', mayBeCut: true, cell: ({ targetName }) => targetName ?? '' },
  { header: 'NODE', mayBeCut: true, cell: ({ nodeName }) => nodeName ?? '' },
]

const leftOutColumns: readonly Column<LeftOut>[] = [
  { header: 'LEFT OUT', cell: ({ endpoint }) => endpoint },
  ...places,
  { header: 'WHY', cell: ({ reason }) => reason },
]

function stateText(endpoint: UsableEndpoint, next: string | null): string {
  const state = standingText(endpoint)
  if (endpoint.endpoint !== next) return state === '' ? 'usable' : state
  return state === '' ? 'next' : `next; ${state}`
}

/** `''` where there is nothing to say of it. */
function standingText(endpoint: UsableEndpoint): string {
  const { standing, isLoop, retryMs, pendingDials, silentMs } = endpoint
  if (isLoop) return 'passed over: a listener of this proxy'
  if (standing === 'good') return ''
  if (standing === 'due') return 'last dial failed, to be tried again'
  if (standing === 'suspect') {
    return `suspect: ${pendingDials} dialling, no answer for ${Math.round(silentMs)}ms`
  }
  return retryMs > 0
    ? `deferred: last dial failed, retry in ${Math.ceil(retryMs / 1000)}s`
    : 'deferred: last dial failed, being tried'
}
