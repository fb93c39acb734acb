import t from 'tap'
import type { Answer } from '../../../../lib/lab/lab.ts'
import { answerNews } from '../../../../lib/lab/page/answer-news.ts'

const answer: Answer = { outcome: 'ok', pod: 'pod-1', seenClient: '', durationMs: 1, attempts: 1 }

t.test('of what goes as it should there is no news', async (t) => {
  t.same(answerNews([answer, answer]), [])
  t.same(answerNews([]), [])
})

t.test('failures by kind, and answers that took more than one try', async (t) => {
  const news = answerNews([
    answer,
    { ...answer, outcome: 'refused', attempts: 3 },
    { ...answer, attempts: 2 },
    { ...answer, outcome: 'timeout' },
    { ...answer, outcome: 'refused' },
  ])
  t.same(news, [
    ['refused', 2],
    ['retried', 1],
    ['timeout', 1],
  ])
})
