import t from 'tap'
import { ChangeCounts } from '../../lib/change-counts.ts'

t.test('changes wait until a sync takes them; a Node is none of the two kinds', async (t) => {
  const changes = new ChangeCounts()
  const none = { total: 0, pending: 0 }
  t.strictSame(changes.view(), { services: none, endpoints: none, lastQueuedMs: undefined })
  changes.note('Service', 1)
  changes.note('EndpointSlice', 2)
  changes.note('Endpoints', 3)
  changes.note('Node', 4)
  t.strictSame(changes.view(), {
    services: { total: 1, pending: 1 },
    endpoints: { total: 2, pending: 2 },
    lastQueuedMs: 4,
  })
  changes.taken()
  changes.note('Service', 5)
  t.strictSame(changes.view(), {
    services: { total: 2, pending: 1 },
    endpoints: { total: 2, pending: 0 },
    lastQueuedMs: 5,
  })
})
