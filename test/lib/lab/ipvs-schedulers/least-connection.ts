import t from 'tap'
import { leastConnection } from '../../../../lib/lab/ipvs-schedulers/least-connection.ts'
import { anyClient, serversOf } from '../../../fixtures/scheduler-servers.ts'

t.test('takes the fewest connections; an active one counts as 256 that are not', async (t) => {
  const rows = [
    [
      [
        [1, 2],
        [1, 1],
        [1, 1],
      ],
      'b:80',
    ],
    [
      [
        [1, 1, 0],
        [1, 0, 255],
      ],
      'b:80',
    ],
    [
      [
        [1, 1, 0],
        [1, 0, 256],
      ],
      'a:80',
    ],
    [
      [
        [1, 1, 0],
        [1, 0, 257],
      ],
      'a:80',
    ],
    [
      [
        [0, 0],
        [1, 9],
      ],
      'b:80',
    ],
    // Weights are for wlc.
    [
      [
        [1, 3],
        [100, 4],
      ],
      'a:80',
    ],
    [[[0]], undefined],
    [[], undefined],
  ] as const
  for (const [servers, key] of rows) {
    t.equal(leastConnection({ ...anyClient, servers: serversOf(servers) })?.key, key)
  }
})
