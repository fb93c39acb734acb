import t from 'tap'
import { shortestExpectedDelay } from '../../../../lib/lab/ipvs-schedulers/shortest-expected-delay.ts'
import { anyClient, serversOf } from '../../../fixtures/scheduler-servers.ts'

t.test('takes the least (active + 1) / weight', async (t) => {
  const rows = [
    // The example of the LVS project: the fast one gets it though the slow one is idle.
    [
      [
        [1, 0],
        [2, 0],
      ],
      'b:80',
    ],
    [
      [
        [1, 0],
        [2, 1],
      ],
      'a:80',
    ],
    [
      [
        [1, 0],
        [3, 1],
      ],
      'b:80',
    ],
    [
      [
        [1, 5, 0],
        [1, 5, 9],
      ],
      'a:80',
    ],
    [
      [
        [0, 0],
        [1, 7],
      ],
      'b:80',
    ],
    [[], undefined],
  ] as const
  for (const [servers, key] of rows) {
    t.equal(shortestExpectedDelay({ ...anyClient, servers: serversOf(servers) })?.key, key)
  }
})
