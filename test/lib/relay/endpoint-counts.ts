import t from 'tap'
import { Counts } from '../../../lib/relay/counts.ts'
import { endpointCounts } from '../../../lib/relay/endpoint-counts.ts'

t.test('each endpoint has the connections that have reached it, and its failures', async (t) => {
  const counts = new Counts()
  counts.dialFailed('b')
  counts.dialFailed('b')
  counts.dialFailed('c')
  const connections = ['a', 'c', 'a', undefined].map((reachedKey) => ({ reachedKey }))
  t.strictSame(endpointCounts('key', counts, connections), [
    { key: 'key', endpoint: 'b', open: 0, failedDials: 2 },
    { key: 'key', endpoint: 'c', open: 1, failedDials: 1 },
    { key: 'key', endpoint: 'a', open: 2, failedDials: 0 },
  ])
})
