// What goes wrong on command in the fake API server of the tests, goes wrong in just that way.
import { once } from 'node:events'
import t from 'tap'
import { call, list, next, openWatch } from '../fixtures/api-server/api-client.ts'
import { service, startApiServer } from '../fixtures/api-server/start-api-server.ts'

const isPending = async (promise: Promise<unknown>): Promise<boolean> =>
  (await Promise.race([promise, Promise.resolve('pending')])) === 'pending'

t.test('what is held back waits in order, while other kinds overtake it', async (t) => {
  const server = await startApiServer(t)
  const [services, endpoints] = ['services', 'endpoints'].map(
    (name) => `${server.url}/api/v1/${name}`,
  )
  const query = { resourceVersion: '1000', allowWatchBookmarks: 'true' }
  const before = await openWatch(`${services}`, query)
  const other = await openWatch(`${endpoints}`, query)
  server.hold('Service')
  const since = await openWatch(`${services}`, { ...query, timeoutSeconds: '0.01' })
  server.set(service('a'))
  server.bookmark('Service')
  server.set({ kind: 'Endpoints', metadata: { name: 'a' } })
  const held = [next(before, 2), next(since, 3)]
  t.same(await next(other, 1), ['ADDED a'])
  const later = await openWatch(`${endpoints}`, { timeoutSeconds: '0.02' })
  t.same(await next(later, 2), ['ADDED a', 'END'])
  t.same(await Promise.all(held.map(isPending)), [true, true], 'also the one whose time is over')
  server.release('Service')
  t.same(await Promise.all(held), [
    ['ADDED a', 'BOOKMARK'],
    ['ADDED a', 'BOOKMARK', 'END'],
  ])
})

t.test('a stall is one of all kinds', async (t) => {
  const server = await startApiServer(t)
  server.stall()
  const watch = await openWatch(`${server.url}/api/v1/nodes`)
  server.set({ kind: 'Node', metadata: { name: 'n' } })
  const held = next(watch, 1)
  await call(`${server.url}/version`)
  t.ok(await isPending(held))
  server.resume()
  t.same(await held, ['ADDED n'])
})

t.test('watches break on command: with a reset, within a line, or cleanly', async (t) => {
  const server = await startApiServer(t)
  const url = `${server.url}/api/v1/services`
  for (const how of [{}, { midLine: true }]) {
    const watch = await openWatch(url, { resourceVersion: '1000' })
    server.cut({ ...how, kind: 'Endpoints' })
    t.equal(server.watches.length, 1)
    const ended = once(server, 'unwatch')
    server.cut(how)
    t.equal(server.watches.length, 0)
    await t.rejects(watch.next(), { message: 'terminated' })
    await ended
  }
  const watch = await openWatch(url, { resourceVersion: '1000' })
  server.set(service('a'))
  server.duplicate()
  server.sendBadLine('<html>')
  t.same(await next(watch, 2), ['ADDED a', 'ADDED a'])
  await t.rejects(watch.next(), { name: 'SyntaxError' })
  const clean = await openWatch(url, { resourceVersion: '1001' })
  server.cut({ clean: true })
  t.same(await next(clean, 1), ['END'])
})

t.test('requests fail as many times as they are told to', async (t) => {
  const server = await startApiServer(t)
  const url = `${server.url}/api/v1/services`
  server.failNext(2, { status: 429, retryAfter: 7, kind: 'Service', verb: 'list' })
  t.equal((await call(`${server.url}/api/v1/nodes`)).code, 200)
  const refused = await call(url)
  t.equal(refused.headers.get('retry-after'), '7')
  t.match(refused.body, { reason: 'TooManyRequests', details: { retryAfterSeconds: 7 }, code: 429 })
  t.equal((await call(url)).code, 429)
  t.equal((await call(url)).code, 200)
  server.failNext(1, { status: 503, body: '<h1>no backend</h1>' })
  t.match(await call(url), { code: 503, body: '<h1>no backend</h1>' })
  server.failNext(Infinity, { status: 'reset' })
  await t.rejects(call(url))
  await t.rejects(call(url))
  server.heal()
  server.failNext(1, { status: 'hang', verb: 'get' })
  const never = call(`${server.url}/version`)
  await once(server, 'request')
  t.equal((await call(`${server.url}/version`)).code, 200)
  t.ok(await isPending(never))
  await server.stop()
  await t.rejects(never)
})

t.test('a slow list shows what there was when it was asked for', async (t) => {
  const server = await startApiServer(t)
  let answer = (): void => {}
  server.delay('Service', new Promise<void>((resolve) => (answer = resolve)))
  const slow = list(`${server.url}/api/v1/services`)
  await once(server, 'request')
  server.set(service('too-late'))
  t.ok(await isPending(slow))
  answer()
  t.match(await slow, { metadata: { resourceVersion: '1000' }, items: [] })
})

t.test('a token is asked for, and may change', async (t) => {
  let token = 'one'
  const server = await startApiServer(t, { token: () => token })
  const code = async (authorization: string): Promise<number> =>
    (await call(`${server.url}/version`, 'GET', undefined, { authorization })).code
  t.match(await call(`${server.url}/version`), { code: 401, body: { reason: 'Unauthorized' } })
  t.equal(await code('Bearer one'), 200)
  token = 'two'
  t.equal(await code('Bearer one'), 401)
  t.equal(await code('Bearer two'), 200)
  t.match(server.kubeconfig(), '"token":"two"')
})

t.test('a stopped server comes back at its port with what it had', async (t) => {
  const server = await startApiServer(t)
  server.set(service('a'))
  const { url } = server
  const watch = await openWatch(`${url}/api/v1/services`, { resourceVersion: '1001' })
  await server.stop()
  await t.rejects(watch.next())
  await t.rejects(call(url), { cause: { code: 'ECONNREFUSED' } })
  t.same(server.watches, [])
  await server.start()
  t.equal(server.url, url)
  t.match(await list(`${server.url}/api/v1/services`), { items: [{ metadata: { name: 'a' } }] })
})

t.test('a restored server goes back to an older revision', async (t) => {
  const server = await startApiServer(t)
  const url = `${server.url}/api/v1/services`
  server.set(service('a'))
  server.advance(100)
  t.equal(server.resourceVersion, '1101')
  server.restore(500)
  t.match((await list(url)).metadata, { resourceVersion: '500' })
  t.equal((await call(`${url}?resourceVersion=1101`)).code, 504)
  const watch = await openWatch(url, { resourceVersion: '500' })
  server.set(service('a', { x: 'y' }))
  t.match((await watch.next()).value, { object: { metadata: { resourceVersion: '501' } } })
})
