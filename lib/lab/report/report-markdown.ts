/**
 * reportMarkdown: the trade-offs of this machine as a page of Markdown. Pure: two calls with one record are one page.
 */
import type { LabMode, LabModeInfo } from '../lab.ts'
import type { Figure } from './figure.ts'
import { difference, formatFigure } from './figure.ts'
import { markdownTable } from './markdown-table.ts'
import { publishedFigures, upstreamStatus } from './published-figures.ts'
import { scaleMarkdown } from './scale-markdown.ts'
import type { ModeBehaviour, ModeCosts, Surroundings, TradeOffs } from './trade-offs.ts'

/** More than so many processes for each CPU, and figures are of the others too. */
const busy = 0.5

export function reportMarkdown(tradeOffs: TradeOffs): string {
  const { surroundings, rounds, durationMs, modes } = tradeOffs
  const lines = [
    '# What each proxy mode costs on this machine',
    '',
    ...headerLines(surroundings),
    roundsLine(rounds, durationMs),
    '',
    ...tradeOffTable(tradeOffs),
    '',
    ...notes,
    ...modes.filter(({ reason }) => reason !== '').map(modeNote),
    '',
    ...scaleMarkdown(tradeOffs.scale),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function headerLines(surroundings: Surroundings): string[] {
  const { date, level, kernel, cpu, cpus, loadBefore, loadAfter, node, iptables, nft } =
    surroundings
  const load = `${loadBefore.toFixed(2)} before, ${loadAfter.toFixed(2)} after`
  const warning =
    Math.max(loadBefore, loadAfter) > busy * cpus
      ? ' Others were at work: take differences for less than they look.'
      : ''
  return [
    `- ${date.toISOString().slice(0, 16).replace('T', ' ')} UTC, level ${level}.`,
    `- Linux ${kernel}, ${cpus} CPUs${cpu === '' ? '' : ` (${cpu})`}, load ${load}.${warning}`,
    `- Node ${node}, iptables ${iptables || 'not here'}, nft ${nft || 'not here'}.`,
  ]
}

function roundsLine(rounds: number, durationMs: number): string {
  if (rounds === 1) return `- One round of ${durationMs} ms, which shows no range.`
  return `- ${rounds} interleaved rounds of ${durationMs} ms each; cells are medians, with the range of the rounds.`
}

const notes = [
  '`no visible difference`: its rounds and those of `direct` overlap. `invalid`: segments were lost or refused, so the',
  'figure is not shown. Client, proxy and pods share the same CPUs: ratios are those of this machine, not of a cluster.',
  'The client waits for each answer before it asks again, so stalls are counted once.',
  '',
]

function modeNote({ mode, truth, reason }: LabModeInfo): string {
  return `- ${mode}: ${truth}; ${reason}.`
}

const us = (value: number): string => value.toFixed(0)
const perSecond = us
const gigabits = (bytes: number): string => ((bytes * 8) / 1e9).toFixed(1)

function tradeOffTable(tradeOffs: TradeOffs): string[] {
  const names = tradeOffs.modes.map(({ mode }) => mode)
  const cost = (property: keyof Omit<ModeCosts, 'mode'>, format: (value: number) => string) => {
    const of = (mode: LabMode) => tradeOffs.costs.find((one) => one.mode === mode)?.[property]
    return names.map((mode) =>
      costCell(of(mode), mode === 'direct' ? undefined : of('direct'), format),
    )
  }
  const behaviour = (tell: (one: ModeBehaviour) => string) => tradeOffs.behaviours.map(tell)
  const { newConnection, bulk, rules, balancing, deadPod, seenClient, openAfterRemoval } =
    publishedFigures
  const rows: (readonly [string, readonly string[], string])[] = [
    ['What is shown is', tradeOffs.modes.map(({ truth }) => truth), ''],
    ['New connection, p50, µs', cost('newConnection', us), newConnection],
    ['New connection, p99, µs', cost('newConnectionP99', us), ''],
    ['Open connection, round trip p50, µs', cost('openConnection', us), ''],
    ['Connections/s, 16 at once', cost('connectionsPerSecond', perSecond), ''],
    ['Bulk, Gb/s', cost('bytesPerSecond', gigabits), bulk],
    ['Rules: all / of the Service / that ask a first packet', behaviour(ruleCell), rules],
    ['Twelve requests went to', behaviour(({ pods }) => pods.map(numberOf).join(' ')), balancing],
    ['One of three pods dead, still listed: failed', behaviour(deadPodCell), deadPod],
    ['One of three pods unplugged: failed within 1 s', behaviour(unpluggedCell), ''],
    ['The pod sees as its client', behaviour(({ seenClient }) => seenClient), seenClient],
    ['A connection whose endpoint is removed', behaviour(removalCell), openAfterRemoval],
    ['Without endpoints a client is', behaviour(withoutEndpointsCell), ''],
    ['If the proxy program stops (by design)', names.map((mode) => afterStop[mode]), ''],
    ['Upstream', names.map((mode) => upstreamStatus[mode]), ''],
  ]
  return markdownTable(
    ['Property', ...names, 'Published, for comparison'],
    rows.map(([property, cells, published]) => [property, ...cells, published || '—']),
  )
}

const afterStop = {
  direct: '—',
  userspace: 'refused',
  anyip: 'refused',
  iptables: 'goes on',
  nftables: 'goes on',
  ipvs: 'goes on',
} as const satisfies Readonly<Record<LabMode, string>>

function costCell(
  figure: Figure | undefined,
  base: Figure | undefined,
  format: (value: number) => string,
): string {
  if (figure === undefined) return 'no figure: a model'
  const versus = difference(figure, base)
  return `${formatFigure(figure, format)}${versus === '' ? '' : `, ${versus}`}`
}

function ruleCell({ ruleCount, serviceRuleCount, walkedRuleCount }: ModeBehaviour): string {
  return `${ruleCount} / ${serviceRuleCount} / ${walkedRuleCount ?? 0}`
}

function deadPodCell({ failedWithDeadPod, requestsWithDeadPod }: ModeBehaviour): string {
  return `${failedWithDeadPod} of ${requestsWithDeadPod}`
}

function unpluggedCell(behaviour: ModeBehaviour): string {
  const { failedWithUnpluggedPod: failed, requestsWithUnpluggedPod: all } = behaviour
  return failed === undefined ? 'not here' : `${failed} of ${all}`
}

function removalCell({ survivesRemoval }: ModeBehaviour): string {
  return survivesRemoval ? 'goes on' : 'ends'
}

function withoutEndpointsCell({ mode, withoutEndpoints }: ModeBehaviour): string {
  return mode === 'direct' ? '—' : withoutEndpoints
}

function numberOf(pod: string): string {
  return pod.slice(-1)
}
