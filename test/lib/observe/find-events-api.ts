import t from 'tap'
import { findEventsAPI } from '../../../lib/observe/find-events-api.ts'
import { StatusError } from '../../../lib/source/status-error.ts'

const { signal } = new AbortController()

function find(answer: unknown): Promise<string> {
  const list = async (path: string): Promise<unknown> => {
    if (path !== '/apis/events.k8s.io') throw new Error(`asked for ${path}`)
    if (answer instanceof Error) throw answer
    return answer
  }
  return findEventsAPI({ list }, signal)
}

function groupOf(...versions: readonly unknown[]) {
  return { versions: versions.map((groupVersion) => ({ groupVersion })) }
}

t.test('the best that there is', async (t) => {
  const rows: readonly (readonly [unknown, string])[] = [
    [groupOf('events.k8s.io/v1beta1', 'events.k8s.io/v1'), 'events.k8s.io/v1'],
    [groupOf('events.k8s.io/v1beta1'), 'v1'],
    [{ versions: [null] }, 'v1'],
    [new StatusError({ status: 404 }), 'v1'],
    [new StatusError({ status: 403 }), 'events.k8s.io/v1'],
  ]
  for (const [answer, api] of rows) t.equal(await find(answer), api)
})

t.test('where the server does not say, nothing is decided', async (t) => {
  await t.rejects(find({}), { message: 'the answer is no APIGroup' })
  await t.rejects(find(null), { message: 'the answer is no APIGroup' })
  await t.rejects(find(new StatusError({ status: 503 })), { message: /^503/ })
  await t.rejects(find(new Error('ECONNREFUSED')), { message: 'ECONNREFUSED' })
})
