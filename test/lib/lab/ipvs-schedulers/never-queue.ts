import t from 'tap'
import { neverQueue } from '../../../../lib/lab/ipvs-schedulers/never-queue.ts'
import { anyClient, serversOf } from '../../../fixtures/scheduler-servers.ts'

t.test('takes whoever is idle first, then as sed', async (t) => {
  const rows = [
    // Where sed would take the fast one.
    [
      [
        [1, 0],
        [2, 0],
      ],
      'a:80',
    ],
    [
      [
        [9, 1],
        [1, 0],
      ],
      'b:80',
    ],
    [
      [
        [0, 0],
        [1, 1],
        [3, 1],
      ],
      'c:80',
    ],
    [[[0, 0]], undefined],
  ] as const
  for (const [servers, key] of rows) {
    t.equal(neverQueue({ ...anyClient, servers: serversOf(servers) })?.key, key)
  }
})
