import t from 'tap'
import { TopicBoard } from '../../../../lib/lab/page/topic-board.ts'

t.test('tells what has changed after a revision, each topic once and whole', async (t) => {
  const board = new TopicBoard()
  t.same(board.since(0), {})
  board.set('latency', [])
  board.set('traces', [null])
  const seen = board.revision
  board.set('latency', [{ mode: 'direct', answered: 1, failed: 0, buckets: [] }])
  board.set('latency', [{ mode: 'direct', answered: 2, failed: 0, buckets: [] }])
  t.same(board.since(0), {
    latency: [{ mode: 'direct', answered: 2, failed: 0, buckets: [] }],
    traces: [null],
  })
  t.same(Object.keys(board.since(seen)), ['latency'])
  t.same(board.since(board.revision), {})
})

t.test('calls who listens, until he does no more', async (t) => {
  const board = new TopicBoard()
  let calls = 0
  const unsubscribe = board.subscribe(() => calls++)
  board.set('traces', [])
  unsubscribe()
  board.set('traces', [])
  t.equal(calls, 1)
})
