import t from 'tap'
import { Counts, sumOfCounts } from '../../../lib/relay/counts.ts'

const none = new Counts().snapshot()

t.test('a connection is counted from its beginning to its end', async (t) => {
  const counts = new Counts()
  for (let i = 0; i < 5; i++) counts.begin()
  counts.fail('no-endpoint')
  counts.fail('no-endpoint')
  counts.close('ended')
  t.strictSame(counts.snapshot(), {
    ...none,
    opened: 5,
    open: 2,
    failed: { 'no-endpoint': 2 },
    closed: { ended: 1 },
  })
})

t.test('a snapshot does not change', async (t) => {
  const counts = new Counts()
  counts.begin()
  counts.fail('loop')
  const before = counts.snapshot()
  counts.begin()
  counts.fail('loop')
  t.equal(before.opened, 1)
  t.strictSame(before.failed, { loop: 1 })
})

t.test('two are added number by number and reason by reason', async (t) => {
  const a = {
    opened: 10,
    open: 1,
    dialAttempts: 12,
    bytesFromClient: 100,
    bytesFromEndpoint: 200,
    datagramsDropped: 3,
    failed: { 'no-endpoint': 4, loop: 1 },
    closed: { ended: 4 },
  }
  const b = {
    opened: 5,
    open: 2,
    dialAttempts: 3,
    bytesFromClient: 7,
    bytesFromEndpoint: 8,
    datagramsDropped: 9,
    failed: { 'no-endpoint': 1, 'source-range': 2 },
    closed: {},
  }
  const sum = {
    opened: 15,
    open: 3,
    dialAttempts: 15,
    bytesFromClient: 107,
    bytesFromEndpoint: 208,
    datagramsDropped: 12,
    failed: { 'no-endpoint': 5, loop: 1, 'source-range': 2 },
    closed: { ended: 4 },
  }
  const [beforeA, beforeB] = [structuredClone(a), structuredClone(b)]
  t.strictSame(sumOfCounts(a, b), sum)
  t.same(sumOfCounts(b, a), sum)
  t.strictSame(sumOfCounts(a, none), a)
  t.strictSame([a, b], [beforeA, beforeB], 'neither is changed')
})
