import t from 'tap'
import {
  readTcpCounters,
  spoiledBy,
} from '../../../../../lib/lab/network/measuring/tcp-counters.ts'

const none = { synRetransmits: 0, resets: 0, pawsTimewait: 0 }

t.test('what spoils a measurement is told with numbers', (t) => {
  const before = { synRetransmits: 5, resets: 1, pawsTimewait: 2 }
  const rows = [
    [before, 0, ''],
    [{ ...before, synRetransmits: 785 }, 0, '780 SYN retransmits'],
    [
      { synRetransmits: 6, resets: 2, pawsTimewait: 3 },
      1,
      '1 SYN retransmit, 1 reset, 1 TIME_WAIT reject, 1 failed request',
    ],
    [before, 3, '3 failed requests'],
  ] as const
  for (const [after, failed, expected] of rows) {
    t.equal(spoiledBy({ before, after, failed, endsWithReset: false }), expected)
  }
  const stopped = { before: none, after: { ...none, resets: 1 }, failed: 0 }
  t.equal(spoiledBy({ ...stopped, endsWithReset: true }), '', 'who stops a download resets it')
  t.end()
})

t.test('the kernel is asked where it counts, and who is gone counts nothing', async (t) => {
  t.same(await readTcpCounters([]), none)
  t.same(await readTcpCounters([2 ** 30]), none)
})
