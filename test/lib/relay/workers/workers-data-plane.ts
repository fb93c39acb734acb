import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import type { LateReply } from '../../../../lib/relay/data-plane.ts'
import type { WorkerCall } from '../../../../lib/relay/workers/worker-message.ts'
import { WorkersDataPlane } from '../../../../lib/relay/workers/workers-data-plane.ts'
import { parseOptions } from '../../../../lib/options.ts'
import { endpointsAt, proxySocketSpec } from '../../../fixtures/data-plane.ts'
import { eventually } from '../../../fixtures/eventually.ts'
import {
  dial,
  exchange,
  received,
  said,
  startBackend,
  startEcho,
  startNamed,
} from '../../../fixtures/tcp.ts'
import { startUdpEcho, udpClient } from '../../../fixtures/udp.ts'
import { clientIP, startThread, startWorkers } from '../../../fixtures/workers.ts'

t.test('a client with affinity keeps its endpoint, whichever port it comes from', async (t) => {
  const { plane, portOf } = startWorkers(t, { workers: 3 })
  const names = ['a', 'b', 'c']
  const backends = await Promise.all(names.map((name) => startNamed(t, name)))
  const endpoints = endpointsAt(backends.map(({ port }) => port))
  const keys = ['one', 'two', 'three', 'four']
  const set = keys.map((key) => proxySocketSpec(key, { endpoints, sessionAffinity: clientIP }))
  await plane.apply({ set, removed: [] })
  for (const key of keys) {
    const port = await portOf(key)
    const met = new Map<string, Set<string>>()
    for (let i = 0; i < 60; i++) {
      const localAddress = `127.0.0.${2 + (i % 6)}`
      const client = connect({ port, host: '127.0.0.1', localAddress })
      const { bytes } = await received(client)
      met.set(localAddress, (met.get(localAddress) ?? new Set()).add(bytes.toString()))
    }
    t.ok([...met.values()].every(({ size }) => size === 1))
    t.same(new Set([...met.values()].flatMap((names) => [...names])), new Set(names))
  }
})

t.test('the datagrams of a client are one flow, to one endpoint', async (t) => {
  const { plane, portOf } = startWorkers(t, { workers: 3 })
  const echoes = [await startUdpEcho(t, 'a'), await startUdpEcho(t, 'b')]
  const endpoints = endpointsAt(echoes.map(({ port }) => port))
  const keys = ['one', 'two', 'three', 'four']
  await plane.apply({
    set: keys.map((key) => proxySocketSpec(key, { protocol: 'UDP', endpoints })),
    removed: [],
  })
  for (const key of keys) {
    const port = await portOf(key)
    for (let i = 0; i < 4; i++) {
      const client = await udpClient(t, port)
      for (let n = 1; n <= 20; n++) {
        client.send('x')
        await client.got(n)
      }
      t.equal(new Set(client.datagrams.map(({ bytes }) => bytes.toString())).size, 1)
    }
  }
  const stats = await plane.stats()
  t.same(
    stats.map(({ counts }) => [counts.opened, counts.datagramsFromClient]),
    keys.map(() => [4, 80]),
  )
})

t.test('a port that others listen at is taken, though they would share it', async (t) => {
  const other = createServer()
  other.listen({ port: 0, host: '127.0.0.1', reusePort: true })
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const workers = startWorkers(t)
  const listen = [{ role: 'proxy-port', address: '127.0.0.1', ports: [port] }] as const
  await workers.plane.apply({ set: [proxySocketSpec('web', { listen })], removed: [] })
  t.same(workers.errors, [`EADDRINUSE: 127.0.0.1:${port} is taken by another process`])
})

t.test('a port that is taken while its thread starts is not the last one tried', async (t) => {
  const tried: number[] = []
  const options = parseOptions({ workers: 2 })
  const events = { listener() {}, connection() {}, close() {}, fault() {} }
  const plane = new WorkersDataPlane({
    options,
    events: { ...events, watchesConnections: () => false },
    createThread: (init) => {
      const thread = startThread(init)
      const post = thread.postMessage.bind(thread)
      thread.postMessage = (calls: readonly WorkerCall[]) => {
        const listen = calls.find(({ method }) => method === 'listen')
        const port = (listen?.args[1] as { port: number } | undefined)?.port
        if (port === undefined || tried.push(port) > 1) post(calls)
        else {
          // Where it fails somebody else was faster, and the port is taken too.
          const taken = startBackend(t, () => {}, { port }).catch(() => {})
          void taken.then(() => post(calls))
        }
      }
      return thread
    },
  })
  t.teardown(() => plane.close({ graceMs: 0 }))
  await plane.apply({ set: [proxySocketSpec('web')], removed: [] })
  t.ok(tried.length > 1)
  const [status] = await plane.stats()
  t.match(status?.listeners, [{ port: tried.at(-1), error: undefined }])
})

t.test('two ServicePorts never get the same port, in whichever threads they are', async (t) => {
  const { server, port } = await startBackend(t)
  server.close()
  await once(server, 'close')
  const { plane, errors } = startWorkers(t)
  const listen = [{ role: 'proxy-port', address: '127.0.0.1', ports: [port, 0] }] as const
  const affinity = { listen, sessionAffinity: clientIP }
  await plane.apply({
    set: [
      proxySocketSpec('web', { listen }),
      proxySocketSpec('api', { listen }),
      ...['one', 'two', 'three'].map((key) => proxySocketSpec(key, affinity)),
    ],
    removed: [],
  })
  const ports = (await plane.stats()).map(({ listeners }) => listeners[0]?.port)
  t.equal(ports[0], port)
  t.equal(new Set(ports).size, 5)
  t.same(errors, [])
})

t.test('a port range is one for all threads', async (t) => {
  const { server, port } = await startBackend(t)
  server.close()
  await once(server, 'close')
  const proxyPortRange = `${port}`
  const { plane, errors } = startWorkers(t, { options: { proxyPortRange } })
  await plane.apply({ set: [proxySocketSpec('web'), proxySocketSpec('api')], removed: [] })
  t.match(errors, [/no free port/])
})

t.test('an endpoint that is a listener of another thread is not dialled', async (t) => {
  const workers = startWorkers(t, { workers: 3 })
  const { plane, portOf } = workers
  const keys = ['one', 'two', 'three', 'four', 'five', 'six']
  const all = keys.map((key) => proxySocketSpec(key, { sessionAffinity: clientIP }))
  await plane.apply({ set: all, removed: [] })
  const ports = await Promise.all(keys.map(portOf))
  await workers.fail(1)
  const [port = 0] = ports
  const endpoints = endpointsAt([port])
  await plane.apply({
    set: all.map((spec) => ({ ...spec, endpoints })),
    removed: [],
  })
  for (const port of ports) t.match(await exchange(t, port), { how: 'ECONNRESET' })
  t.match((await plane.totals()).counts, { opened: 6, failed: { loop: 6 } })
})

t.test('a listener that is closed is no endpoint that must not be dialled', async (t) => {
  const { plane, portOf } = startWorkers(t)
  const keys = ['one', 'two', 'three']
  const set = keys.map((key) => proxySocketSpec(key, { sessionAffinity: clientIP }))
  await plane.apply({ set, removed: [] })
  const port = await portOf('one')
  await plane.apply({ set: [], removed: ['one'] })
  await startBackend(t, (socket) => socket.end('other'), { port })
  const endpoints = endpointsAt([port])
  await plane.apply({ set: set.slice(1).map((spec) => ({ ...spec, endpoints })), removed: [] })
  for (const key of ['two', 'three']) {
    t.equal((await exchange(t, await portOf(key))).bytes.toString(), 'other')
  }
})

t.test('affinity may come and go: counts and connections stay', async (t) => {
  const { plane, portOf } = startWorkers(t, { workers: 3 })
  const echo = await startEcho(t)
  const spec = proxySocketSpec('web', { endpoints: endpointsAt([echo.port]) })
  await plane.apply({ set: [spec], removed: [] })
  const port = await portOf('web')
  const clients: Socket[] = []
  for (const sessionAffinity of [spec.sessionAffinity, clientIP, spec.sessionAffinity]) {
    await plane.apply({ set: [{ ...spec, sessionAffinity }], removed: [] })
    for (let i = 0; i < 8; i++) {
      const client = await dial(t, port)
      t.equal(await said(client, 'hello'), 'hello')
      clients.push(client)
    }
  }
  for (const client of clients) t.equal(await said(client, 'again'), 'again')
  t.match(await plane.stats(), [{ listeners: [{ port }], counts: { opened: 24, open: 24 } }])
})

t.test('all threads together hold no more descriptors than they may', async (t) => {
  const { plane, portOf } = startWorkers(t, { options: { maxDescriptors: 22 } })
  const echo = await startEcho(t)
  await plane.apply({
    set: [proxySocketSpec('web', { endpoints: endpointsAt([echo.port]) })],
    removed: [],
  })
  const port = await portOf('web')
  const ends = Array.from({ length: 15 }, async () => {
    const client = connect(port, '127.0.0.1').on('error', () => {})
    t.teardown(() => client.destroy())
    client.write('hello')
    return Promise.race([
      once(client, 'data').then(
        () => 'served',
        () => 'reset',
      ),
      once(client, 'close').then(
        () => 'reset',
        () => 'reset',
      ),
    ])
  })
  const how = await Promise.all(ends)
  t.equal(how.filter((how) => how === 'served').length, 10)
  t.match(await plane.totals(), {
    counts: { opened: 15, open: 10, failed: { descriptors: 5 } },
    descriptors: { used: 22, limit: 22 },
  })
})

t.test('connections are told of from when somebody watches', async (t) => {
  const workers = startWorkers(t)
  const { plane, portOf, connections, closed } = workers
  const alive = await startNamed(t, 'alive')
  const endpoints = endpointsAt([alive.port])
  await plane.apply({ set: [proxySocketSpec('web', { endpoints })], removed: [] })
  const port = await portOf('web')
  await exchange(t, port)
  await plane.connections()
  t.same([connections, closed], [[], []])
  workers.watches = true
  plane.watchesChanged()
  await exchange(t, port)
  await eventually(() => closed.length > 0)
  t.match(connections, [{ id: 2, endpoint: `127.0.0.1:${alive.port}` }])
  t.match(closed, [{ id: 2, reason: 'ended' }])
})

t.test('it says what threads agree on, and that it does not know the rest', async (t) => {
  const { plane } = startWorkers(t)
  const web = proxySocketSpec('web', { endpoints: endpointsAt([1]) })
  const api = proxySocketSpec('api', { endpoints: endpointsAt([1, 2]) })
  await plane.apply({ set: [web, api], removed: [] })
  t.match(await plane.explain('web', ''), { next: { endpoint: '127.0.0.1:1', why: 'turn' } })
  t.match(await plane.explain('api', ''), { next: { endpoint: null, why: 'unknown' } })
  t.equal(await plane.explain('none', ''), undefined)
})

t.test('connections may end by themselves within the grace time, in all threads', async (t) => {
  const { plane, portOf } = startWorkers(t)
  const echo = await startEcho(t)
  const endpoints = endpointsAt([echo.port])
  await plane.apply({ set: [proxySocketSpec('web', { endpoints })], removed: [] })
  const port = await portOf('web')
  const clients: Socket[] = []
  for (let i = 0; i < 12; i++) {
    const client = await dial(t, port)
    await said(client, 'hello')
    clients.push(client)
  }
  const closing = plane.close({ graceMs: 60_000 })
  for (const client of clients) {
    t.equal(await said(client, 'bye'), 'bye')
    client.end()
  }
  await closing
  t.match((await plane.totals()).counts, { opened: 12, open: 0, closed: { ended: 12 } })
  t.match(await plane.stats(), [{ key: 'web', listeners: [], counts: { opened: 12 } }])
  t.equal(plane.lostWorkers, 0)
  await plane.apply({ set: [proxySocketSpec('late')], removed: [] })
  t.equal((await plane.stats()).length, 1, 'what comes too late is nothing')
})

t.test('what was never used closes as it is', async (t) => {
  const plane = new WorkersDataPlane({
    options: parseOptions({ workers: 2 }),
    events: {
      listener() {},
      connection() {},
      close() {},
      fault() {},
      watchesConnections: () => false,
    },
  })
  t.same(await plane.stats(), [])
  t.match(await plane.totals(), { counts: { opened: 0 } })
  await plane.close({ graceMs: 0 })
})

t.test('another data plane goes on where it was', async (t) => {
  const before = startWorkers(t)
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  const endpoints = endpointsAt([a.port, b.port])
  const late: LateReply[] = []
  const silent = await udpClient(t, 1)
  const keys = ['one', 'two']
  const specs = [
    ...keys.map((key) => proxySocketSpec(key, { endpoints, sessionAffinity: clientIP })),
    proxySocketSpec('dns', { protocol: 'UDP', endpoints: endpointsAt([silent.port]) }),
  ]
  await before.plane.apply({ set: specs, removed: [] })
  const names: string[] = []
  for (const key of keys) {
    const { bytes } = await exchange(t, await before.portOf(key))
    names.push(bytes.toString())
  }
  const dnsPort = await before.portOf('dns')
  const client = await udpClient(t, dnsPort)
  client.send('question')
  await silent.got(1)
  const pins = await before.plane.handOver((reply) => late.push(reply))
  t.same(
    new Map(pins.map(({ key, pins }) => [key, pins.length])),
    new Map(keys.map((key) => [key, 1])),
  )
  const [question] = silent.datagrams
  silent.socket.send('answer', question?.from.port as number, '127.0.0.1')
  await eventually(() => late.length === 1)

  const after = startWorkers(t, { isSuccessor: true })
  const listen = [{ role: 'proxy-port', address: '127.0.0.1', ports: [dnsPort] }] as const
  await after.plane.apply({
    set: specs.map((spec) => (spec.key === 'dns' ? { ...spec, listen } : spec)),
    removed: [],
  })
  const ports = await Promise.all(keys.map(after.portOf))
  const waiting = ports.map(async (port) => (await exchange(t, port)).bytes.toString())
  await after.plane.takeOver(pins)
  t.same(await Promise.all(waiting), names)
  after.plane.replyLate(late[0] as LateReply)
  after.plane.replyLate({ ...(late[0] as LateReply), key: 'none' })
  await client.got(1)
  t.equal(client.datagrams[0]?.bytes.toString(), 'answer')
})
