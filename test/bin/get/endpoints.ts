import t from 'tap'
import { endpoints } from '../../../bin/get/endpoints.ts'
import { formatter } from '../../../bin/get/format.ts'
import type { EndpointStatus } from '../../../lib/index.ts'
import { endpointStatus } from '../../fixtures/statuses.ts'

const elsewhere = { entry: 'external', reason: 'on another node' } as const
const lost = { entry: 'load-balancer', reason: 'on another node' } as const
const notReady = (['internal', 'external'] as const).map((entry) => ({
  entry,
  reason: 'not ready',
}))

const states: readonly (readonly [string, Partial<EndpointStatus>, string])[] = [
  ['by the only way in', {}, 'usable'],
  ['by all ways in', { usableBy: ['internal', 'external', 'load-balancer'] }, 'usable'],
  [
    'by none, for one reason',
    { isUsable: false, reason: 'not ready', usableBy: [], leftOutBy: notReady },
    'not ready',
  ],
  [
    'by one, and not by the others',
    { leftOutBy: [elsewhere, lost] },
    'external: on another node, internal: usable',
  ],
  [
    'by none, for two reasons',
    {
      isUsable: false,
      reason: 'hinted to other zones',
      usableBy: [],
      leftOutBy: [{ entry: 'internal', reason: 'hinted to other zones' }, elsewhere, lost],
    },
    'internal: hinted to other zones, external: on another node',
  ],
]

for (const [what, status, state] of states) {
  t.test(`an endpoint that is used ${what}: ${state}`, async (t) => {
    const write = formatter(endpoints, { format: 'wide', isWatch: false })
    const [, line = ''] = write([endpointStatus(status)])
    t.equal(line.replaceAll(/ {2,}/g, '  ').split('  ').at(-2), state)
  })
}
