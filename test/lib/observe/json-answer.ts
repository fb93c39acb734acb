import t from 'tap'
import { jsonAnswer, notFound, textAnswer } from '../../../lib/observe/json-answer.ts'

t.test('an answer is one line of JSON', async (t) => {
  t.same(jsonAnswer(200, { a: [1] }), { status: 200, body: '{"a":[1]}\n' })
})

t.test('a path that is not there is answered with those that are', async (t) => {
  const answer = notFound('/x', new Set(['/a', '/b']))
  t.equal(answer.status, 404)
  t.same(JSON.parse(answer.body), { error: 'there is no /x', paths: ['/a', '/b'] })
})

t.test('a text is answered as it is', async (t) => {
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  t.same(textAnswer('ok'), { status: 200, body: 'ok', headers })
  t.equal(textAnswer('<p>', 'text/html').headers?.['content-type'], 'text/html')
})
