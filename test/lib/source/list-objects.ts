import t from 'tap'
import { listObjects } from '../../../lib/source/list-objects.ts'
import { expired, FakeKubernetes } from '../../fixtures/fake-kubernetes.ts'

const { signal } = new AbortController()

function clusterOf(count: number): FakeKubernetes {
  const client = new FakeKubernetes()
  for (let i = 0; i < count; i++) client.set(`web-${i}`)
  return client
}

function list(client: FakeKubernetes, resourceVersion: string) {
  const selectors = { labelSelector: 'a' }
  return listObjects({ client, path: '/p', selectors, resourceVersion, pageSize: 2, signal })
}

t.test('the newest list comes in pages', async (t) => {
  const client = clusterOf(5)
  const { items, resourceVersion } = await list(client, '')
  t.equal(items.length, 5)
  t.equal(resourceVersion, '105')
  t.match(client.requests, [
    { path: '/p', query: { labelSelector: 'a', limit: '2' } },
    { query: { labelSelector: 'a', limit: '2', continue: '105/2' } },
    { query: { labelSelector: 'a', limit: '2', continue: '105/4' } },
  ])
  t.notOk(client.requests.some(({ query }) => 'resourceVersion' in query))
})

t.test('any list comes in pages where the server has no cache', async (t) => {
  const client = clusterOf(3)
  t.equal((await list(client, '0')).items.length, 3)
  t.strictSame(
    client.requests.map(({ query }) => query),
    [{ labelSelector: 'a', resourceVersion: '0', limit: '2' }],
  )
  client.pagesVersionZero = true
  t.equal((await list(client, '0')).items.length, 3)
  t.strictSame(client.take(), ['list 0', 'list 0', 'list (next page)'])
})

t.test(
  'a list that has to be at least as new as another comes from the cache, whole',
  async (t) => {
    const client = clusterOf(3)
    t.equal((await list(client, '103')).items.length, 3)
    t.strictSame(
      client.requests.map(({ query }) => query),
      [{ labelSelector: 'a', resourceVersion: '103' }],
    )
  },
)

t.test('pages of a version that is forgotten meanwhile are one list', async (t) => {
  const client = clusterOf(3)
  client.faults.push(undefined, expired())
  const { items, resourceVersion } = await list(client, '')
  t.equal(items.length, 3)
  t.equal(resourceVersion, '103')
  t.strictSame(client.requests.at(-1)?.query, { labelSelector: 'a' })
})

t.test('an empty list is a list', async (t) => {
  t.strictSame(await list(new FakeKubernetes(), '0'), { items: [], resourceVersion: '100' })
})

t.test('what fails, fails whole', async (t) => {
  const client = clusterOf(3)
  client.faults.push(undefined, new Error('read ECONNRESET'))
  await t.rejects(list(client, ''), { message: 'read ECONNRESET' })
  client.list = async () => ({ items: [], metadata: { resourceVersion: '' } })
  await t.rejects(list(client, ''), { message: /^the answer is no list/ })
})
