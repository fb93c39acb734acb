import t from 'tap'
import { Counts, dialBoundsMs, noCounts, sumOfCounts } from '../../../lib/relay/counts.ts'

t.test('a connection is counted from its beginning to its end', async (t) => {
  const counts = new Counts()
  for (let i = 0; i < 5; i++) counts.begin()
  counts.fail('no-endpoint')
  counts.fail('no-endpoint')
  counts.close('ended')
  t.strictSame(counts.snapshot(), {
    ...noCounts,
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
  counts.dialled(3)
  const before = counts.snapshot()
  counts.begin()
  counts.fail('loop')
  counts.dialled(3)
  t.equal(before.opened, 1)
  t.strictSame(before.failed, { loop: 1 })
  t.equal(before.dialMs.sum, 3)
})

t.test('the time of a dial falls into its bucket', async (t) => {
  const counts = new Counts()
  t.same(counts.snapshot().dialMs, { counts: [], sum: 0 }, 'without a dial there are none')
  for (const ms of [0, 0.5, 0.6, 2000, 2001]) counts.dialled(ms)
  const { counts: buckets, sum } = counts.snapshot().dialMs
  t.equal(sum, 4002.1)
  t.equal(buckets.length, dialBoundsMs.length + 1)
  t.same([buckets[0], buckets[1], buckets.at(-2), buckets.at(-1)], [2, 1, 1, 1])
})

const [a, b] = [new Counts(), new Counts()]
Object.assign(a, { opened: 10, open: 1, dialAttempts: 12, dialRetries: 2, bytesFromClient: 100 })
Object.assign(b, { opened: 5, open: 2, dialAttempts: 3, bytesFromEndpoint: 8, datagramsDropped: 9 })
Object.assign(b, { datagramsFromClient: 4, datagramsFromEndpoint: 6 })
for (const counts of [a, b]) counts.begin()
for (const counts of [a, b, b]) counts.begin()
for (const counts of [a, b, b]) counts.fail('no-endpoint')
a.fail('loop')
a.close('ended')
a.dialled(7)
a.dialFailed('10.0.0.1:80')
b.dialFailed('10.0.0.1:80')
b.dialFailed('10.0.0.2:80')

const sum = {
  opened: 20,
  open: 3,
  dialAttempts: 15,
  dialRetries: 2,
  bytesFromClient: 100,
  bytesFromEndpoint: 8,
  datagramsFromClient: 4,
  datagramsFromEndpoint: 6,
  datagramsDropped: 9,
  failed: { 'no-endpoint': 3, loop: 1 },
  closed: { ended: 1 },
  dialMs: a.snapshot().dialMs,
}

t.test('two snapshots are added number by number and reason by reason', async (t) => {
  const snapshots = [a.snapshot(), b.snapshot()] as const
  const before = structuredClone(snapshots)
  t.strictSame(sumOfCounts(...snapshots), sum)
  t.same(sumOfCounts(snapshots[1], snapshots[0]), sum)
  t.strictSame(sumOfCounts(snapshots[0], noCounts), snapshots[0])
  t.strictSame(sumOfCounts(noCounts, noCounts), noCounts)
  t.strictSame(snapshots, before, 'neither is changed')
})

t.test('one goes on with what others have counted', async (t) => {
  const both = new Counts()
  both.add(a)
  both.add(b)
  t.strictSame(both.snapshot(), sum)
  t.same(
    [...both.failedDials],
    [
      ['10.0.0.1:80', 2],
      ['10.0.0.2:80', 1],
    ],
  )
  both.add(a)
  t.equal(both.snapshot().dialMs.sum, 14)
})

t.test('the endpoints whose dials have failed are remembered, up to a thousand', async (t) => {
  const counts = new Counts()
  t.equal(counts.failedDials.size, 0)
  for (let i = 0; i < 1000; i++) counts.dialFailed(`${i}`)
  counts.dialFailed('0')
  t.equal(counts.failedDials.size, 1000)
  t.equal(counts.failedDials.get('0'), 2)
  counts.dialFailed('new')
  t.same([counts.failedDials.has('0'), counts.failedDials.get('new')], [false, 1])
})

t.test('a snapshot is taken over, by what has counted and by what has not', async (t) => {
  const counts = new Counts()
  for (let i = 0; i < 3; i++) counts.begin()
  counts.bytesFromClient = 7
  counts.dialled(3)
  counts.fail('loop')
  counts.close('ended')
  const snapshot = counts.snapshot()
  const other = new Counts()
  other.addSnapshot(noCounts)
  t.strictSame(other.snapshot(), noCounts)
  other.addSnapshot(snapshot)
  t.strictSame(other.snapshot(), snapshot)
  other.addSnapshot(snapshot)
  t.strictSame(other.snapshot(), sumOfCounts(snapshot, snapshot))
})
