// The fake API server of the tests is held to what the real one does: lists and their pages, watches and their history.
import t from 'tap'
import { call, list, type List, next, openWatch } from '../fixtures/api-server/api-client.ts'
import type { ApiObject } from '../fixtures/api-server/api-object.ts'
import { service, startApiServer } from '../fixtures/api-server/start-api-server.ts'

const names = ({ items }: List): string[] => items.map(({ metadata }) => metadata.name)

t.test('selectors decide as the API does', async (t) => {
  const server = await startApiServer(t)
  server.set(service('a', { app: 'web', tier: 'x' }))
  server.set(service('b', { app: 'shop' }, { clusterIP: 'None' }))
  server.set({ ...service('c'), metadata: { name: 'c', namespace: 'other' } })
  const rows: readonly [query: string, expected: readonly string[]][] = [
    ['', ['a', 'b', 'c']],
    ['labelSelector=app', ['a', 'b']],
    ['labelSelector=!app', ['c']],
    ['labelSelector=!app,!toString', ['c']],
    ['labelSelector=app%3Dweb', ['a']],
    ['labelSelector=app%3D%3Dweb,tier', ['a']],
    ['labelSelector=app!%3Dweb', ['b', 'c']],
    ['labelSelector=app in (web, shop),!tier', ['b']],
    ['labelSelector=app notin (web)', ['b', 'c']],
    ['fieldSelector=spec.clusterIP!%3DNone', ['a', 'c']],
    ['fieldSelector=metadata.name%3Da', ['a']],
    ['fieldSelector=metadata.namespace%3Dother', ['c']],
    ['fieldSelector=metadata.namespace%3Dother,metadata.name%3Da', []],
  ]
  for (const [query, expected] of rows)
    t.same(names(await list(`${server.url}/api/v1/services`, query)), expected, query)
  t.same(names(await list(`${server.url}/api/v1/namespaces/other/services`)), ['c'])
  for (const query of ['labelSelector=a%3D%3D%3Db', 'fieldSelector=spec.ports%3Dx'])
    t.equal((await call(`${server.url}/api/v1/services?${query}`)).code, 400, query)
})

t.test('the pages of a list show the state at the first', async (t) => {
  const server = await startApiServer(t)
  for (const name of ['c', 'a', 'e', 'b', 'd']) server.set(service(name))
  const first = await list(`${server.url}/api/v1/services`, 'limit=2')
  t.same(names(first), ['a', 'b'])
  t.match(first.metadata, { resourceVersion: '1005', remainingItemCount: 3 })
  server.delete({ kind: 'Service', name: 'd' })
  server.set(service('cc'))
  server.set(service('e', { changed: 'since' }))
  const second = await list(
    `${server.url}/api/v1/services`,
    `limit=2&continue=${String(first.metadata['continue'])}`,
  )
  t.same(names(second), ['c', 'd'])
  t.match(second.metadata, { resourceVersion: '1005', remainingItemCount: 1 })
  const token = String(second.metadata['continue'])
  const third = await list(`${server.url}/api/v1/services`, `limit=2&continue=${token}`)
  t.same(third.items[0]?.metadata.labels, {})
  t.notOk('continue' in third.metadata)
  t.notOk(
    'remainingItemCount' in
      (await list(`${server.url}/api/v1/services`, 'limit=1&labelSelector=!x')).metadata,
  )

  server.expire()
  const { code, body } = await call(`${server.url}/api/v1/services?limit=2&continue=${token}`)
  t.equal(code, 410)
  t.match(body, { kind: 'Status', reason: 'Expired', code: 410 })
  const { continue: inconsistent } = (body as List).metadata
  const rest = await list(
    `${server.url}/api/v1/services`,
    `limit=9&continue=${String(inconsistent)}`,
  )
  t.same(names(rest), ['e'], 'behind the last of the first two pages, as it is now')
  t.match(rest.metadata, { resourceVersion: server.resourceVersion })
})

t.test('a list shows the revision that is asked for', async (t) => {
  const server = await startApiServer(t)
  server.set(service('a'))
  server.set(service('b'))
  t.equal(
    names(await list(`${server.url}/api/v1/services`, 'resourceVersion=1001')).length,
    2,
    'not older than',
  )
  t.same(
    names(
      await list(
        `${server.url}/api/v1/services`,
        'resourceVersion=1001&resourceVersionMatch=Exact',
      ),
    ),
    ['a'],
  )
  t.equal(
    names(await list(`${server.url}/api/v1/services`, 'resourceVersion=0&limit=1')).length,
    2,
    'the cache has no limit',
  )
  const answers: readonly [query: string, code: number][] = [
    ['resourceVersion=2000', 504],
    ['resourceVersion=999&resourceVersionMatch=Exact', 410],
    ['resourceVersionMatch=Exact', 422],
    ['resourceVersion=x', 400],
    ['sendInitialEvents=true', 422],
  ]
  for (const [query, code] of answers)
    t.equal((await call(`${server.url}/api/v1/services?${query}`)).code, code, query)
})

t.test('items have their kind in the list alone, and events have it', async (t) => {
  const server = await startApiServer(t)
  server.set(service('a'))
  const { items } = await list(`${server.url}/api/v1/services`)
  t.notOk('kind' in (items[0] as ApiObject))
  const watch = await openWatch(`${server.url}/api/v1/services`)
  t.match((await watch.next()).value, { object: { kind: 'Service', apiVersion: 'v1' } })
})

t.test('a watch replays what came after its revision, and goes on', async (t) => {
  const server = await startApiServer(t)
  server.set(service('a'))
  server.set({ kind: 'Endpoints', metadata: { name: 'a' } })
  server.set(service('b'))
  server.delete({ kind: 'Service', name: 'a' })
  const watch = await openWatch(`${server.url}/api/v1/services`, { resourceVersion: '1001' })
  t.same(await next(watch, 2), ['ADDED b', 'DELETED a'])
  t.equal(server.watches[0]?.resourceVersion, '1001')
  server.set(service('b', { x: 'y' }))
  t.same(await next(watch, 1), ['MODIFIED b'])
  t.match(server.requests.at(-1), { verb: 'watch', kind: 'Service', query: { watch: 'true' } })
  const one = await openWatch(`${server.url}/api/v1/namespaces/default/services`, {
    fieldSelector: 'metadata.name=b',
  })
  t.same(await next(one, 1), ['ADDED b'], 'without a revision it begins with what there is')
})

t.test('an object that enters or leaves a selection is added or deleted', async (t) => {
  const server = await startApiServer(t)
  server.set(service('a', { v: '1' }))
  const watch = await openWatch(`${server.url}/api/v1/services`, {
    resourceVersion: server.resourceVersion,
    labelSelector: 'in=yes',
  })
  server.set(service('a', { in: 'yes', v: '2' }))
  server.set(service('a', { in: 'yes', v: '3' }))
  server.set(service('a', { v: '4' }))
  server.delete({ kind: 'Service', name: 'a' })
  server.set(service('z', { in: 'yes' }))
  t.same(await next(watch, 2), ['ADDED a', 'MODIFIED a'])
  t.match((await watch.next()).value, {
    type: 'DELETED',
    object: { metadata: { labels: { v: '3' }, resourceVersion: '1004' } },
  })
  t.same(await next(watch, 1), ['ADDED z'])
})

t.test('bookmarks go to those who allow them', async (t) => {
  const server = await startApiServer(t)
  const url = `${server.url}/api/v1/services`
  const query = { resourceVersion: '1000' }
  const plain = await openWatch(url, query)
  const marked = await openWatch(url, { ...query, allowWatchBookmarks: 'true' })
  server.set({ kind: 'Node', metadata: { name: 'n' } })
  server.bookmark()
  server.set(service('a'))
  t.match((await marked.next()).value, {
    type: 'BOOKMARK',
    object: { kind: 'Service', metadata: { resourceVersion: '1001' } },
  })
  t.same(await next(plain, 1), ['ADDED a'])
})

t.test('its time ends a watch', async (t) => {
  const server = await startApiServer(t)
  const url = `${server.url}/api/v1/services`
  const watch = await openWatch(url, { resourceVersion: '1000', timeoutSeconds: '0.02' })
  t.same(await next(watch, 1), ['END'])
  t.same(server.watches, [])
})

t.test('initial events are sent, refused or ignored', async (t) => {
  const query = {
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: 'true',
  }
  const sends = await startApiServer(t, { sendInitialEvents: true })
  sends.set(service('a'))
  const watch = await openWatch(`${sends.url}/api/v1/services`, query)
  t.same(await next(watch, 1), ['ADDED a'])
  const end = { annotations: { 'k8s.io/initial-events-end': 'true' }, resourceVersion: '1001' }
  t.match((await watch.next()).value, { type: 'BOOKMARK', object: { metadata: end } })
  sends.set(service('b'))
  t.same(await next(watch, 1), ['ADDED b'])
  const legacy = await openWatch(`${sends.url}/api/v1/services`, { allowWatchBookmarks: 'true' })
  t.same(await next(legacy, 3), ['ADDED a', 'ADDED b', 'BOOKMARK'], 'taken as if it had asked')

  const refuses = await startApiServer(t)
  const url = `${refuses.url}/api/v1/services?watch=true&sendInitialEvents=true`
  const { code, body } = await call(`${url}&resourceVersionMatch=NotOlderThan`)
  t.equal(code, 422)
  t.match(body, { reason: 'Invalid', message: /unless the WatchList feature gate is enabled/ })

  const ignores = await startApiServer(t, { sendInitialEvents: 'ignored' })
  const old = await openWatch(`${ignores.url}/api/v1/services`, query)
  ignores.set(service('a'))
  ignores.bookmark()
  t.same(await next(old, 1), ['ADDED a'])
  t.notMatch((await old.next()).value, { object: { metadata: { annotations: {} } } })
})

t.test('forgotten history is told in an event, or by HTTP', async (t) => {
  const server = await startApiServer(t)
  const url = `${server.url}/api/v1/services`
  const open = await openWatch(url, { resourceVersion: '1000' })
  server.expire()
  const late = await openWatch(url, { resourceVersion: '1000' })
  t.match((await late.next()).value, {
    type: 'ERROR',
    object: { kind: 'Status', code: 410, reason: 'Expired' },
  })
  t.same(await next(late, 1), ['END'])
  server.set(service('a'))
  t.same(await next(open, 1), ['ADDED a'], 'an open watch goes on')
  const { metadata } = await list(`${server.url}/api/v1/services`)
  const fresh = await openWatch(url, { resourceVersion: String(metadata['resourceVersion']) })
  server.set(service('b'))
  t.same(await next(fresh, 1), ['ADDED b'])

  const blunt = await startApiServer(t, { gone: 'status' })
  blunt.expire()
  const { code } = await call(`${blunt.url}/api/v1/services?watch=true&resourceVersion=1`)
  t.equal(code, 410)
})
