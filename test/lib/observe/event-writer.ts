import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { EventRecord, EventSink } from '../../../lib/observe/event-writer.ts'
import { EventWriter } from '../../../lib/observe/event-writer.ts'
import type { KubernetesClient } from '../../../lib/source/kubernetes-client.ts'
import { StatusError } from '../../../lib/source/status-error.ts'
import { settle } from '../../fixtures/fake-kubernetes.ts'
import { listeningLogger } from '../../fixtures/listening-logger.ts'

/** What a request meets: an error, or a promise that it waits for. */
type Fault = Error | Promise<unknown> | undefined

function serverOf() {
  const requests: string[] = []
  const bodies: object[] = []
  const faults: Fault[] = []
  const meet = async (request: string, body: object, signal: AbortSignal): Promise<void> => {
    requests.push(request)
    bodies.push(body)
    const fault = faults.shift()
    if (fault instanceof Error) throw fault
    if (fault === undefined) return
    const aborted = new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
    await Promise.race([fault, aborted])
  }
  const client: KubernetesClient = {
    server: 'https://fake:6443',
    list: async (path, _, signal) => {
      await meet(`GET ${path}`, {}, signal)
      return { versions: [{ groupVersion: 'events.k8s.io/v1' }] }
    },
    watch: () => Promise.reject(new Error('nothing is watched')),
    create: (path, body, signal) => meet(`POST ${path}`, body, signal),
    patch: (path, body, signal) => meet(`PATCH ${path}`, body, signal),
  }
  return { client, faults, bodies, requests, take: () => requests.splice(0) }
}

function writerOf(t: Test, { mostQueued = 100 } = {}) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  t.teardown(() => mock.timers.reset())
  const server = serverOf()
  const sink: { -readonly [Key in keyof EventSink]: EventSink[Key] } = {
    client: server.client,
    versionOf: () => ({ uid: 'u-1', resourceVersion: '7' }),
  }
  const { logger, messages } = listeningLogger()
  const writer = new EventWriter({
    sink,
    reporter: { controller: 'userspace-proxy', nodeName: 'node-a' },
    logger,
    now: Date.now,
    random: () => 0,
    mostQueued,
  })
  t.teardown(() => writer.close())
  /** Lets time pass, in steps that no pause is shorter than. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 200) {
      await settle()
      mock.timers.tick(200)
    }
    await settle()
  }
  return { ...server, sink, writer, messages, pass }
}

function recordOf(name = 'web', fields: Partial<EventRecord> = {}): EventRecord {
  return {
    event: {
      type: 'Warning',
      reason: 'PortTaken',
      action: 'Listen',
      note: 'taken',
      regarding: { kind: 'Service', namespace: 'shop', name },
    },
    name: `${name}.1`,
    firstMs: 1_000_000,
    lastMs: 1_000_000,
    count: 1,
    toldCount: 0,
    isQueued: false,
    ...fields,
  }
}

const discovery = 'GET /apis/events.k8s.io'
const path = '/apis/events.k8s.io/v1/namespaces/shop/events'

t.test('an Event is created, its repeats patch it, five in a second at most', async (t) => {
  const { writer, take, bodies, pass } = writerOf(t)
  const record = recordOf()
  t.ok(writer.write(record))
  t.ok(writer.write(recordOf('db')))
  t.ok(record.isQueued)
  t.ok(writer.write(record), 'it waits already')
  await settle()
  t.same(take(), [discovery, `POST ${path}`])
  t.match(bodies[1], {
    note: 'taken',
    regarding: { name: 'web', uid: 'u-1', resourceVersion: '7' },
  })
  t.match(record, { isQueued: false, toldCount: 1 })
  mock.timers.tick(199)
  await settle()
  t.same(take(), [])
  mock.timers.tick(1)
  await settle()
  t.same(take(), [`POST ${path}`])

  record.count = 3
  record.lastMs += 5_000
  writer.write(record)
  await pass(400)
  t.same(take(), [`PATCH ${path}/web.1`])
  t.strictSame(bodies.at(-1), {
    series: { count: 3, lastObservedTime: '1970-01-01T00:16:45.000000Z' },
  })
  t.equal(record.toldCount, 3)
  t.same(writer.counts, { written: 3, dropped: 0 })
})

t.test('an Event that the server has forgotten is created again, with its count', async (t) => {
  const { writer, faults, take, bodies, pass, messages } = writerOf(t)
  faults.push(undefined, new StatusError({ status: 404 }))
  writer.write(recordOf('web', { count: 4, toldCount: 2 }))
  await pass(400)
  t.same(take(), [discovery, `PATCH ${path}/web.1`, `POST ${path}`])
  t.match(bodies.at(-1), { note: 'taken', series: { count: 4 } })
  const other = recordOf('db', { count: 4, toldCount: 2 })
  faults.push(new StatusError({ status: 409 }))
  writer.write(other)
  await pass(400)
  t.same(take(), [`PATCH ${path}/db.1`])
  t.equal(other.toldCount, 4, 'what was refused is not tried again')
  t.same(writer.counts, { written: 1, dropped: 1 })
  t.match(messages('debug'), ['an Event was not written: StatusError: 409 Conflict'])
})

t.test('nothing is written before there is a client', async (t) => {
  const { writer, client, sink, take, pass } = writerOf(t)
  sink.client = undefined
  writer.write(recordOf())
  writer.resume()
  await pass(400)
  t.same(take(), [])
  sink.client = client
  writer.resume()
  writer.resume()
  await pass(400)
  t.same(take(), [discovery, `POST ${path}`])
  writer.resume()
  await pass(400)
  t.same(take(), [])
})

t.test(
  'while the server is away a number of Events is kept, and written when it is back',
  async (t) => {
    const { writer, faults, take, pass } = writerOf(t, { mostQueued: 2 })
    const refused = Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' })
    faults.push(refused, refused, new StatusError({ status: 503 }))
    const names = ['a', 'b', 'c', 'd']
    t.same(
      names.map((name) => writer.write(recordOf(name))),
      [true, true, false, false],
    )
    t.same(writer.counts, { written: 0, dropped: 2 })
    // 800 ms, then 1600.
    await pass(2_400)
    t.same(take(), [discovery, discovery, discovery])
    await pass(4_000)
    t.same(take(), [discovery, `POST ${path}`, `POST ${path}`])
    t.same(writer.counts, { written: 2, dropped: 2 })
  },
)

t.test('one Event is not tried for ever', async (t) => {
  const { writer, faults, take, bodies, pass } = writerOf(t)
  const [bad, good] = [recordOf('bad'), recordOf('good')]
  faults.push(undefined)
  for (let i = 0; i < 12; i++) faults.push(new StatusError({ status: i % 2 === 0 ? 500 : 429 }))
  writer.write(bad)
  writer.write(good)
  await pass(400_000)
  t.equal(take().filter((request) => request.startsWith('POST')).length, 13)
  t.match(bodies.at(-1), { regarding: { name: 'good' } })
  t.same(writer.counts, { written: 1, dropped: 1 })
  t.match(bad, { toldCount: 1, isQueued: false })
})

t.test('a server that does not answer is away', async (t) => {
  const { writer, faults, take, pass } = writerOf(t)
  faults.push(undefined, new Promise(() => {}))
  writer.write(recordOf())
  await pass(30_000)
  t.same(take(), [discovery, `POST ${path}`])
  await pass(1_000)
  t.same(take(), [`POST ${path}`])
})

t.test('who lacks the right is told once, and there are no Events any more', async (t) => {
  const { writer, faults, take, messages, pass } = writerOf(t)
  const message = 'events.events.k8s.io is forbidden: User "x" cannot create resource "events"'
  faults.push(undefined, new StatusError({ status: 403, body: { reason: 'Forbidden', message } }))
  for (const name of ['a', 'b', 'c']) writer.write(recordOf(name))
  await pass(400)
  t.same(take(), [discovery, `POST ${path}`])
  t.notOk(writer.write(recordOf('d')))
  writer.resume()
  await pass(400)
  t.same(take(), [])
  t.same(writer.counts, { written: 0, dropped: 4 })
  t.same(messages('warn'), [
    `no Events will be written: StatusError: 403 Forbidden: ${message}; create and patch on events.events.k8s.io would be right`,
  ])
})

t.test('a namespace that goes, and one that is gone, are no lack of rights', async (t) => {
  const { writer, faults, take, messages, pass } = writerOf(t)
  const details = { causes: [{ reason: 'NamespaceTerminating' }] }
  faults.push(undefined, new StatusError({ status: 403, body: { details } }))
  faults.push(new StatusError({ status: 404 }))
  for (const name of ['a', 'b', 'c']) writer.write(recordOf(name))
  await pass(1_000)
  t.equal(take().length, 4)
  t.same(writer.counts, { written: 1, dropped: 2 })
  t.same(messages('warn'), [])
})

t.test('closing ends the request, and nothing more is written', async (t) => {
  const { writer, faults, take, pass } = writerOf(t)
  faults.push(undefined, new Promise(() => {}))
  writer.write(recordOf('a'))
  writer.write(recordOf('b'))
  await settle()
  await writer.close()
  await writer.close()
  t.same(take(), [discovery, `POST ${path}`])
  t.notOk(writer.write(recordOf('c')))
  writer.resume()
  await pass(1_000)
  t.same(take(), [])
  t.equal(writer.counts.written, 0)
})

t.test('closing ends a pause', async (t) => {
  const { writer, faults, take } = writerOf(t)
  faults.push(new Error('ECONNREFUSED'))
  writer.write(recordOf())
  await settle()
  await writer.close()
  t.same(take(), [discovery])
})
