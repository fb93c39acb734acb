import t from 'tap'
import type { Answer } from '../../../../lib/lab/lab.ts'
import { AnswerCounts } from '../../../../lib/lab/page/answer-counts.ts'

const answer: Answer = { outcome: 'ok', pod: 'pod-1', seenClient: 'a', durationMs: 1, attempts: 1 }

t.test('answers by pod, failures by kind, retries, and who was seen last', async (t) => {
  const counts = new AnswerCounts()
  counts.add(answer)
  counts.add({ ...answer, pod: 'pod-2', attempts: 2, seenClient: 'b' })
  counts.add({ ...answer, outcome: 'refused', pod: '', seenClient: '', attempts: 3 })
  counts.add({ ...answer, outcome: 'refused', pod: '', seenClient: '' })
  counts.add({ ...answer, outcome: 'closed', pod: '', seenClient: '' })
  t.same(counts.tally(['pod-3', 'pod-3']), {
    sent: 5,
    answered: { 'pod-1': 1, 'pod-2': 1, 'pod-3': 0 },
    failed: { refused: 2, timeout: 0, unreachable: 0, closed: 1 },
    retried: 1,
    seenClient: 'b',
    open: { 'pod-1': 0, 'pod-2': 0, 'pod-3': 2 },
  })
})

t.test('a tally stays as it was', async (t) => {
  const counts = new AnswerCounts()
  const before = counts.tally([])
  counts.add(answer)
  counts.add({ ...answer, pod: '' })
  t.equal(before.answered['pod-1'], 0)
  t.match(counts.tally([]), { sent: 2, answered: { 'pod-1': 1 } })
})
