import fc from 'fast-check'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { KubernetesHealth } from '../../../lib/source/kubernetes-health.ts'
import { KubernetesRecords } from '../../../lib/source/kubernetes-records.ts'
import { KubernetesReflector } from '../../../lib/source/kubernetes-reflector.ts'
import { serviceResource } from '../../../lib/source/kubernetes-resources.ts'
import type { SourceStatus } from '../../../lib/source/service-source.ts'
import { StatusError } from '../../../lib/source/status-error.ts'
import { expired, FakeKubernetes, settle } from '../../fixtures/fake-kubernetes.ts'
import { RecordingListener } from '../../fixtures/recording-listener.ts'
import { mockTimers } from '../../fixtures/mock-timers.ts'

interface Options {
  readonly client?: FakeKubernetes
  readonly random?: () => number
  readonly pageSize?: number
}

interface Running {
  readonly client: FakeKubernetes
  readonly listener: RecordingListener
  readonly statuses: SourceStatus[]
  readonly listed: () => boolean
  readonly end: () => Promise<void>
}

/** A reflector of Services that runs, in a time that stands still. */
async function run(t: Test, options: Options = {}): Promise<Running> {
  mockTimers(t)
  const { client = new FakeKubernetes(), random = () => 0, pageSize = 2 } = options
  const listener = new RecordingListener()
  const statuses: SourceStatus[] = []
  const resource = serviceResource('')
  const closing = new AbortController()
  const health = new KubernetesHealth({
    tell: (status) => statuses.push(status),
    server: client.server,
    now: Date.now,
  })
  health.expect([resource])
  const reflector = new KubernetesReflector({
    client,
    resource,
    records: new KubernetesRecords(resource.type, listener),
    health,
    pageSize,
    silenceMs: 90_000,
    now: Date.now,
    random,
    signal: closing.signal,
  })
  let lists = 0
  const running = reflector.run(() => {
    lists++
    health.started()
  })
  const end = async (): Promise<void> => {
    closing.abort(new Error('closed'))
    await running
  }
  t.teardown(end)
  await settle()
  return { client, listener, statuses, listed: () => lists > 0, end }
}

/** Step by step: a timer that is set while time passes counts from that moment. */
async function pass(ms: number, stepMs = 100): Promise<void> {
  await settle()
  for (let passed = 0; passed < ms; passed += stepMs) {
    mock.timers.tick(Math.min(stepMs, ms - passed))
    await settle()
  }
}

function refused(status: number, retryAfter?: string): StatusError {
  return new StatusError({ status, retryAfter })
}
const reset = (): Error => new Error('read ECONNRESET')

t.test('it lists, then tells what changes', async (t) => {
  const client = new FakeKubernetes()
  client.set('web')
  const { listener, statuses, listed } = await run(t, { client })
  t.ok(listed())
  t.strictSame(client.requests, [
    {
      verb: 'list',
      path: '/api/v1/services',
      query: {
        labelSelector: '!service.kubernetes.io/service-proxy-name',
        fieldSelector: 'spec.clusterIP!=None',
        resourceVersion: '0',
        limit: '2',
      },
    },
    {
      verb: 'watch',
      path: '/api/v1/services',
      query: {
        labelSelector: '!service.kubernetes.io/service-proxy-name',
        fieldSelector: 'spec.clusterIP!=None',
        resourceVersion: '101',
        allowWatchBookmarks: 'true',
        timeoutSeconds: '300',
      },
    },
  ])
  t.strictSame(listener.take(), ['set Service shop/web'])
  client.set('web', { spec: { clusterIP: '10.96.0.2', ports: [{ port: 81 }] } })
  client.set('api')
  client.delete('web')
  await settle()
  t.strictSame(listener.take(), [
    'set Service shop/web',
    'set Service shop/api',
    'delete Service shop/web',
  ])
  t.strictSame(statuses, [{ isLive: true, detail: 'watching Services of https://fake:6443' }])
})

t.test('a list in pages is told as a whole', async (t) => {
  const client = new FakeKubernetes()
  client.pagesVersionZero = true
  for (const name of ['a', 'b', 'c', 'd', 'e']) client.set(name)
  let answer = (): void => {}
  client.faults.push(undefined, undefined, new Promise<void>((resolve) => (answer = resolve)))
  const { listener } = await run(t, { client })
  t.strictSame(listener.take(), [])
  answer()
  await settle()
  t.equal(listener.take().length, 5)
  t.strictSame(client.take(), ['list 0', 'list (next page)', 'list (next page)', 'watch 105'])
})

t.test('pages that are too old to go on are given up for the whole list', async (t) => {
  const client = new FakeKubernetes()
  client.pagesVersionZero = true
  for (const name of ['a', 'b', 'c']) client.set(name)
  client.faults.push(undefined, expired())
  const { listener } = await run(t, { client, pageSize: 2 })
  t.same(client.requests[2]?.query['limit'], undefined)
  t.strictSame(client.take(), ['list 0', 'list (next page)', 'list 0', 'watch 103'])
  t.equal(listener.take().length, 3)
})

t.test('a page that fails for another reason begins the list anew', async (t) => {
  const client = new FakeKubernetes()
  client.pagesVersionZero = true
  for (const name of ['a', 'b', 'c']) client.set(name)
  client.faults.push(undefined, refused(500))
  const { listener } = await run(t, { client })
  t.strictSame(listener.take(), [], 'half a list is no list')
  await pass(800)
  t.equal(listener.take().length, 3)
})

t.test('a watch that ends is taken up where it was, at once', async (t) => {
  const { client, listener } = await run(t)
  client.set('web')
  await pass(1_000)
  client.take()
  client.cut()
  await settle()
  t.strictSame(client.take(), ['watch 101'])
  client.set('api')
  await settle()
  t.strictSame(listener.take(), ['set Service shop/web', 'set Service shop/api'])
})

t.test('a bookmark moves the version from which the next watch begins', async (t) => {
  const { client, listener } = await run(t)
  client.advance(50)
  client.bookmark()
  await pass(1_000)
  client.expire()
  client.take()
  client.cut()
  await settle()
  t.strictSame(client.take(), ['watch 150'], 'and no list was needed')
  t.strictSame(listener.take(), [])
})

for (const gone of ['event', 'status'] as const) {
  t.test(`a version that is forgotten (410 as ${gone}): the difference is told`, async (t) => {
    const client = new FakeKubernetes()
    client.gone = gone
    for (const name of ['gone', 'changed', 'same']) client.set(name)
    const { listener, statuses } = await run(t, { client })
    listener.take()
    await pass(1_000)
    client.cut()
    client.delete('gone')
    client.set('changed')
    client.set('new')
    client.expire()
    client.take()
    await settle()
    t.strictSame(client.take(), ['watch 103', 'list 103', 'watch 106'])
    t.strictSame(listener.take(), [
      'set Service shop/changed',
      'set Service shop/new',
      'delete Service shop/gone',
    ])
    t.equal(statuses.length, 1, 'nothing has failed')
  })
}

t.test('a list whose version is too old at once is made again after a pause', async (t) => {
  const client = new FakeKubernetes()
  client.faults.push(undefined, expired(), undefined, expired())
  const { statuses } = await run(t, { client })
  t.strictSame(client.take(), ['list 0', 'watch 100'])
  await pass(799)
  t.strictSame(client.take(), [])
  await pass(1)
  t.strictSame(client.take(), ['list 100', 'watch 100'])
  await pass(1_600)
  t.strictSame(client.take(), ['list 100', 'watch 100'])
  t.equal(statuses.length, 1)
  t.match(statuses[0], {
    isLive: false,
    detail: /^Services cannot be watched since .*: 410 Expired/,
  })
  await pass(1_000)
  t.equal(statuses.length, 2)
  t.match(statuses[1], { isLive: true })
})

t.test(
  'a list whose version is expired is made of the newest, and told as a difference',
  async (t) => {
    const client = new FakeKubernetes()
    client.set('web')
    const { listener } = await run(t, { client })
    await pass(1_000)
    client.take()
    client.faults.push(expired(), expired())
    client.cut()
    await settle()
    t.strictSame(client.take(), ['watch 101', 'list 101', 'list (consistent)', 'watch 101'])
    t.strictSame(listener.take(), ['set Service shop/web'], 'once')
  },
)

t.test('after a restore of etcd everything is listed and told anew', async (t) => {
  const client = new FakeKubernetes()
  client.set('web')
  client.set('api')
  const { listener } = await run(t, { client })
  await pass(1_000)
  listener.take()
  client.take()
  client.restore(90)
  client.faults.push(expired())
  client.cut()
  await settle()
  t.strictSame(client.take(), ['watch 102', 'list 102', 'list (consistent)', 'watch 90'])
  t.strictSame(listener.take(), ['set Service shop/web', 'set Service shop/api'])
})

t.test('an ERROR event that is no 410 leads to a list too, after a pause', async (t) => {
  const { client, statuses } = await run(t)
  await pass(5_000)
  client.take()
  client.send({ type: 'ERROR', object: { code: 500, message: 'unable to decode' } })
  await settle()
  t.match(statuses.at(-1), { isLive: false, detail: /500 .*unable to decode/ })
  client.cut()
  await pass(800)
  t.strictSame(client.take(), ['list 100', 'watch 100'])
  client.send({ type: 'ERROR' })
  await settle()
  t.equal(statuses.length, 2, 'the second failure is not told')
})

t.test(
  'a stream that breaks is taken up after a short pause, and that is no failure',
  async (t) => {
    const { client, statuses } = await run(t)
    for (const error of [reset(), new Error('the stream has ended within a line')]) {
      await pass(1_000)
      client.take()
      client.cut(error)
      await pass(799)
      t.strictSame(client.take(), [])
      await pass(1)
      t.strictSame(client.take(), ['watch 100'])
    }
    t.equal(statuses.length, 1)
  },
)

t.test('what is no event breaks the stream; types nobody knows do not', async (t) => {
  const { client, listener } = await run(t)
  await pass(1_000)
  client.take()
  for (const event of [
    null,
    5,
    {},
    { type: 'ADDED', object: { metadata: { resourceVersion: '' } } },
  ]) {
    client.send(event)
    await pass(1_000)
    t.strictSame(client.take(), ['watch 100'])
    await pass(1_000)
  }
  client.send({ type: 'MOVED', object: { metadata: { name: 'web', resourceVersion: '120' } } })
  await settle()
  client.cut()
  await settle()
  t.strictSame(client.take(), ['watch 120'])
  t.strictSame(listener.take(), [])
})

t.test('a watch that ends at once has failed', async (t) => {
  const { client, statuses } = await run(t)
  client.take()
  t.equal(statuses.length, 1)
  for (const pauseMs of [800, 1600, 3200]) {
    client.cut()
    await pass(pauseMs - 1)
    t.strictSame(client.take(), [])
    await pass(1)
    t.strictSame(client.take(), ['watch 100'])
  }
  t.strictSame(
    statuses.map(({ isLive }) => isLive),
    [true, false],
    'it is not live again until a watch has lasted',
  )
  t.match(statuses[1]?.detail, /the server has ended the watch at once; /)
  await pass(999)
  t.equal(statuses.length, 2)
  await pass(1)
  t.match(statuses[2], { isLive: true })
})

t.test('one that has told something before is taken up after a short pause', async (t) => {
  const { client, statuses } = await run(t)
  for (const error of [undefined, reset()]) {
    client.bookmark()
    client.take()
    client.cut(error)
    await pass(799)
    t.strictSame(client.take(), [])
    await pass(1)
    t.strictSame(client.take(), ['watch 100'])
  }
  t.equal(statuses.length, 1)
})

t.test('what a watch tells makes it live before it has lasted', async (t) => {
  const { client, statuses } = await run(t)
  client.cut(reset())
  await pass(800)
  t.equal(statuses.length, 2)
  client.bookmark()
  await settle()
  t.match(statuses[2], { isLive: true })
})

t.test('a silent watch is opened again where it was, without a list', async (t) => {
  const { client, listener, statuses } = await run(t)
  client.set('web')
  await settle()
  client.take()
  client.lose()
  client.set('missed')
  await pass(89_900)
  t.strictSame(client.take(), [])
  await pass(100)
  t.strictSame(client.take(), ['watch 101'])
  t.strictSame(listener.take(), ['set Service shop/web', 'set Service shop/missed'])
  await pass(60_000)
  client.bookmark()
  await pass(60_000)
  t.strictSame(client.take(), [], 'a bookmark is a sign of life')
  t.equal(statuses.length, 1)
})

t.test('a server that does not answer a watch has failed', async (t) => {
  const { client, statuses } = await run(t)
  await pass(1_000)
  client.take()
  client.faults.push(new Promise(() => {}))
  client.cut()
  await pass(89_900)
  t.equal(statuses.length, 1)
  await pass(100)
  t.match(statuses[1], { isLive: false, detail: /nothing was heard for 90 s; what was known/ })
  await pass(800)
  t.strictSame(client.take(), ['watch 100', 'watch 100'])
})

t.test('a list without an answer is given up after a minute', async (t) => {
  const client = new FakeKubernetes()
  client.faults.push(new Promise(() => {}))
  const { statuses, listed } = await run(t, { client })
  await pass(59_900)
  t.equal(statuses.length, 0)
  await pass(100)
  t.match(statuses[0], { isLive: false, detail: /nothing was heard for 60 s; nothing is served/ })
  t.notOk(listed())
  await pass(800)
  t.ok(listed())
})

t.test('pauses grow to 30 s, and begin anew after two minutes without a failure', async (t) => {
  const { client } = await run(t)
  await pass(1_000)
  const pauses = [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]
  for (let i = 0; i < pauses.length; i++) client.faults.push(reset())
  client.take()
  client.cut()
  await settle()
  for (const ms of pauses) {
    t.strictSame(client.take(), ['watch 100'])
    await pass(ms - 100)
    t.strictSame(client.take(), [], `${ms}`)
    await pass(100)
  }
  t.strictSame(client.take(), ['watch 100'])
  await pass(60_000)
  client.faults.push(reset())
  client.cut()
  await settle()
  client.take()
  await pass(29_900)
  t.strictSame(client.take(), [], 'one minute is not enough')
  await pass(100)
  t.strictSame(client.take(), ['watch 100'])
  await pass(120_100 - 30_000)
  client.bookmark()
  await pass(30_000)
  client.faults.push(reset())
  client.cut()
  await settle()
  client.take()
  await pass(800)
  t.strictSame(client.take(), ['watch 100'])
})

t.test('pauses are shorter by up to a quarter, as chance has it', async (t) => {
  const { client } = await run(t, { random: () => 0.999 })
  t.equal(client.requests.at(-1)?.query['timeoutSeconds'], '599')
  await pass(1_000)
  client.faults.push(reset())
  client.cut()
  await settle()
  client.take()
  await pass(599)
  t.strictSame(client.take(), [])
  await pass(1)
  t.strictSame(client.take(), ['watch 100'])
})

t.test('Retry-After is kept where it is longer', async (t) => {
  const { client, statuses } = await run(t)
  await pass(1_000)
  client.take()
  client.faults.push(refused(429, '7'), refused(503, '0'), refused(503))
  client.cut()
  await settle()
  t.strictSame(client.take(), ['watch 100'])
  await pass(6_900)
  t.strictSame(client.take(), [])
  await pass(100)
  t.strictSame(client.take(), ['watch 100'])
  await pass(1_600)
  t.strictSame(client.take(), ['watch 100'])
  await pass(3_200)
  t.strictSame(client.take(), ['watch 100'], 'none of them leads to a list')
  t.equal(statuses.length, 2)
  t.match(statuses[1]?.detail, /: 429 Too Many Requests; what/)
})

t.test('rights that are missing are told once, and asked for again', async (t) => {
  const client = new FakeKubernetes()
  const body = { reason: 'Forbidden', message: 'User "x" cannot list resource "services"' }
  const forbidden = new StatusError({ status: 403, body })
  client.faults.push(reset(), forbidden, forbidden, refused(401), reset(), refused(401))
  const { statuses } = await run(t, { client })
  await pass(30_000)
  t.match(
    statuses.map(({ detail }) => detail),
    [
      /^Services cannot be listed since 1970-01-01T00:00:00.000Z: read ECONNRESET; nothing is/,
      /^Services .* since 1970-01-01T00:00:00.000Z: 403 Forbidden: User "x" cannot list resource "services"; a role that may list and watch services would be right; nothing/,
      /: 401 Unauthorized; credentials that this server accepts would be right; nothing/,
    ],
  )
  t.equal(statuses.length, 3)
})

t.test('a server that does not know the field is asked without it', async (t) => {
  const client = new FakeKubernetes()
  client.faults.push(refused(400))
  const { listed } = await run(t, { client })
  t.ok(listed())
  t.strictSame(
    client.requests.map(({ query }) => query['fieldSelector']),
    ['spec.clusterIP!=None', undefined, undefined],
  )
  t.ok(client.requests.every(({ query }) => query['labelSelector']))
})

t.test('a 400 that stays is a failure', async (t) => {
  const client = new FakeKubernetes()
  client.faults.push(refused(400), refused(400), refused(400))
  const { statuses } = await run(t, { client })
  t.match(statuses, [{ isLive: false, detail: /400 Bad Request/ }])
  await pass(800)
  t.strictSame(client.take(), ['list 0', 'list 0', 'list 0'])
})

t.test('an answer that is no list is a failure', async (t) => {
  const client = new FakeKubernetes()
  const list = client.list.bind(client)
  const answers: unknown[] = ['hello', null, { items: 5, metadata: { resourceVersion: '1' } }, {}]
  client.list = async (...args) => (answers.length > 0 ? answers.shift() : list(...args))
  const { statuses, listed } = await run(t, { client })
  t.match(statuses, [{ isLive: false, detail: /the answer is no list; the address of an API/ }])
  await pass(800 + 1600)
  t.notOk(listed())
  await pass(3200 + 6400)
  t.ok(listed())
})

t.test('ten minutes away: nothing is deleted meanwhile, then the difference is told', async (t) => {
  const client = new FakeKubernetes()
  for (const name of ['gone', 'changed', 'same']) client.set(name)
  const { listener, statuses } = await run(t, { client })
  await pass(1_000)
  listener.take()
  client.cut(reset())
  for (let i = 0; i < 100; i++) client.faults.push(reset())
  client.delete('gone')
  client.set('changed')
  client.expire()
  client.take()
  await pass(600_000)
  t.strictSame(listener.take(), [])
  const tries = client.take().length
  t.ok(tries > 20 && tries < 30, `${tries} tries`)
  client.faults.length = 0
  await pass(30_000)
  t.strictSame(listener.take(), ['set Service shop/changed', 'delete Service shop/gone'])
  t.strictSame(
    statuses.map(({ isLive }) => isLive),
    [true, false, true],
  )
})

t.test('an event that comes twice is told once', async (t) => {
  const { client, listener } = await run(t)
  client.set('web')
  client.duplicate()
  await settle()
  client.delete('web')
  client.duplicate()
  await settle()
  t.strictSame(listener.take(), ['set Service shop/web', 'delete Service shop/web'])
})

t.test('what is invalid is named once, and what was known of it stays', async (t) => {
  const client = new FakeKubernetes()
  const invalid = { spec: { clusterIP: 'x', ports: [{ port: 80 }] } }
  client.set('web')
  client.set('bad', invalid)
  const { listener } = await run(t, { client })
  client.set('web', invalid)
  client.set('also', { kind: 'Secret', apiVersion: 'v1' })
  client.duplicate()
  await settle()
  const right = 'an IP address, "None" or "" would be right'
  t.strictSame(listener.take(), [
    'set Service shop/web',
    `problem Service shop/bad: spec.clusterIP is "x"; ${right}`,
    `problem Service shop/web: spec.clusterIP is "x"; ${right}`,
    'problem Service shop/also: it is of another kind; Service would be right',
  ])
  await pass(1_000)
  client.expire()
  client.advance()
  client.cut()
  await settle()
  t.strictSame(listener.take(), [], 'nor when they are listed again')
  client.delete('bad')
  client.delete('web')
  await settle()
  t.strictSame(listener.take(), ['delete Service shop/web'], 'bad was never told')
})

t.test('a burst of events, or a long list, lets others have their turn', async (t) => {
  let time = 0
  const clock = mock.method(performance, 'now', () => time++)
  t.teardown(() => clock.mock.restore())
  const client = new FakeKubernetes()
  for (let i = 0; i < 100; i++) client.set(`web-${i}`)
  const { listener } = await run(t, { client })
  /** How often others have their turn until so many objects are known. */
  const turnsUntil = async (count: number): Promise<number> => {
    let turns = 0
    for (; listener.objects.size < count; turns++) await new Promise(setImmediate)
    return turns
  }
  const listTurns = await turnsUntil(100)
  t.ok(listTurns >= 5 && listTurns <= 50, `${listTurns}`)
  while (client.watchCount === 0) await settle()
  for (let i = 0; i < 1000; i++) {
    const metadata = { name: `burst-${i}`, namespace: 'shop', resourceVersion: `${1000 + i}` }
    client.send({ type: 'ADDED', object: { metadata, spec: { ports: [{ port: 80 }] } } })
  }
  const burstTurns = await turnsUntil(1100)
  t.ok(burstTurns >= 90 && burstTurns <= 500, `${burstTurns}`)
})

t.test('at the end nothing is told and nothing is left', async (t) => {
  const client = new FakeKubernetes()
  for (let i = 0; i < 5; i++) client.set(`web-${i}`)
  const { listener, end } = await run(t, { client })
  listener.take()
  client.set('late')
  await end()
  t.strictSame(listener.take(), [])
  t.equal(client.watchCount, 0)
  client.take()
  await pass(100_000, 1_000)
  t.strictSame(client.take(), [])
})

for (const [what, fault] of [
  ['a pause', reset()],
  ['a request', new Promise(() => {})],
] as const) {
  t.test(`it ends during ${what} too`, async (t) => {
    const client = new FakeKubernetes()
    client.faults.push(fault)
    const { end, statuses } = await run(t, { client })
    const told = statuses.length
    await end()
    t.equal(statuses.length, told)
  })
}

/** Whatever happens to it, in the end it knows what a fresh list would say. */
type Step =
  | { readonly what: 'set' | 'delete'; readonly name: string }
  | { readonly what: 'pass'; readonly ms: number }
  | { readonly what: 'fail'; readonly status: number }
  | {
      readonly what:
        'bookmark' | 'duplicate' | 'cut' | 'end' | 'lose' | 'expire' | 'advance' | 'nonsense'
    }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constantFrom('set', 'delete'),
      name: fc.constantFrom('a', 'b', 'c', 'd'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('pass'), ms: fc.constantFrom(0, 100, 900, 5_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('fail'),
      status: fc.constantFrom(0, 410, 429, 500, 503),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom(
        'bookmark',
        'duplicate',
        'cut',
        'end',
        'lose',
        'expire',
        'advance',
        'nonsense',
      ),
    }),
  },
)

async function take(client: FakeKubernetes, step: Step): Promise<void> {
  switch (step.what) {
    case 'set':
    case 'delete':
      return client[step.what](step.name)
    case 'pass':
      return pass(step.ms, 500)
    case 'fail':
      client.faults.push(step.status === 0 ? reset() : refused(step.status, '2'))
      return
    case 'cut':
      return client.cut(reset())
    case 'end':
      return client.cut()
    case 'nonsense':
      return client.send({ type: 'ADDED', object: {} })
    case 'bookmark':
    case 'duplicate':
    case 'lose':
    case 'expire':
    case 'advance':
      return client[step.what]()
  }
}

t.test('whatever happens, it ends up with what a fresh list says', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.boolean(),
      fc.boolean(),
      async (steps, pages, status) => {
        const client = new FakeKubernetes()
        client.pagesVersionZero = pages
        client.gone = status ? 'status' : 'event'
        client.set('a')
        const { listener, end } = await run(t, { client })
        for (const step of steps) await take(client, step)
        client.faults.length = 0
        await pass(200_000, 4_000)
        const { items } = (await client.list('', {}, new AbortController().signal)) as {
          items: { metadata: { name: string } }[] | null
        }
        const fresh = (items ?? []).map(({ metadata }) => `Service/shop/${metadata.name}`).sort()
        t.strictSame([...listener.objects.keys()].sort(), fresh)
        t.strictSame(listener.problems, [])
        await end()
      },
    ),
    { numRuns: 60 },
  )
})
