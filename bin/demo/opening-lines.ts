/**
 * The head of the demo: which lab there is, why not a better one, and what is in it.
 */
import type { LabDescription, LabState } from '../../lib/lab/index.ts'
import type { Wording } from './wording.ts'

const levels = {
  loopback: 'levelLoopback',
  rootless: 'levelRootless',
  root: 'levelRoot',
} as const

export function openingLines(
  wording: Wording,
  description: LabDescription,
  { service, pods }: LabState,
): string[] {
  const { level, reason, clientAddress, nodeAddresses, readyMs } = description
  const [why = '', help = ''] = reason.split('. try: ')
  const named = pods.map(({ name, address }) => `${name} ${address}`).join(', ')
  const place = { client: clientAddress || '127.0.0.1', node: nodeAddresses[0] ?? '', pods: named }
  const seconds = (readyMs / 1000).toFixed(1)
  return [
    ...wording.lines('levelLine', { level: wording.say(levels[level]), seconds }, 0),
    ...(why === '' ? [] : wording.wrap(`${wording.say('why')} ${why}`, 2)),
    ...(help === '' ? [] : wording.wrap(`${wording.say('tryThis')} ${help}`, 2)),
    ...wording.lines(level === 'loopback' ? 'labLoopback' : 'labNetwork', place, 0),
    ...wording.lines(
      'service',
      {
        clusterIP: service.clusterIP,
        port: service.port,
        usable: pods.filter(({ isReady, isListed }) => isReady && isListed).length,
        total: pods.length,
      },
      0,
    ),
  ]
}
