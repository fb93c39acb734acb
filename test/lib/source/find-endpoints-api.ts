import t from 'tap'
import { findEndpointsAPI } from '../../../lib/source/find-endpoints-api.ts'
import { KubernetesHealth } from '../../../lib/source/kubernetes-health.ts'
import type { RetryPauses } from '../../../lib/source/retry-pauses.ts'
import type { SourceStatus } from '../../../lib/source/service-source.ts'
import { StatusError } from '../../../lib/source/status-error.ts'

/** Searches with answers one after the other; an Error is thrown. */
async function search(answers: readonly unknown[], closing = new AbortController()) {
  const statuses: SourceStatus[] = []
  const pauses: unknown[] = []
  const left = [...answers]
  const asked: string[] = []
  const health = new KubernetesHealth({
    tell: (status) => statuses.push(status),
    server: 'https://fake',
    now: () => 0,
  })
  const api = await findEndpointsAPI({
    client: {
      server: 'https://fake',
      list: async (path) => {
        asked.push(path)
        const answer = left.shift()
        if (answer instanceof Error) throw answer
        if (answer === 'close') closing.abort(new Error('closed'))
        return answer
      },
      watch: () => Promise.reject(new Error('no')),
      create: () => Promise.reject(new Error('no')),
      patch: () => Promise.reject(new Error('no')),
    },
    health,
    pauses: {
      after: async (error: unknown) => {
        pauses.push(error)
        if (left.length === 0) closing.abort(new Error('closed'))
      },
    } as RetryPauses,
    signal: closing.signal,
  })
  return { api, statuses, pauses, asked }
}

function group(...versions: unknown[]) {
  return { kind: 'APIGroup', versions }
}
const v1 = { groupVersion: 'discovery.k8s.io/v1', version: 'v1' }
const v1beta1 = { groupVersion: 'discovery.k8s.io/v1beta1', version: 'v1beta1' }

t.test('the best that there is', async (t) => {
  const table: readonly [unknown, string][] = [
    [group(v1beta1, v1), 'discovery.k8s.io/v1'],
    [group(v1beta1), 'discovery.k8s.io/v1beta1'],
    [group(null, 5, { groupVersion: 'discovery.k8s.io/v2' }), 'core/v1'],
    [new StatusError({ status: 404 }), 'core/v1'],
    [new StatusError({ status: 403 }), 'discovery.k8s.io/v1'],
  ]
  for (const [answer, api] of table) {
    const found = await search([answer])
    t.equal(found.api, api)
    t.strictSame(found.asked, ['/apis/discovery.k8s.io'])
    t.strictSame(found.statuses, [])
  }
})

t.test('it asks until there is an answer, and tells once that there is none', async (t) => {
  const down = new Error('connect ECONNREFUSED 10.0.0.1:6443')
  const { api, statuses, pauses } = await search([down, null, { versions: 5 }, down, group(v1)])
  t.equal(api, 'discovery.k8s.io/v1')
  t.match(pauses, [down, { message: 'the answer is no APIGroup' }, {}, down])
  t.strictSame(statuses, [
    {
      isLive: false,
      detail:
        'The API group discovery.k8s.io cannot be read since 1970-01-01T00:00:00.000Z: connect ECONNREFUSED 10.0.0.1:6443; nothing is served before',
    },
  ])
})

t.test('it ends with everything else', async (t) => {
  await t.rejects(search(['close']), { message: 'closed' })
  await t.rejects(search([new Error('down')]), { message: 'closed' })
})
