// Two Proxiers, one after the other, as two processes would be: what the second one knows of the first.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import type { LateReply, ProxierOptions } from '../../lib/index.ts'
import { MemorySource, Proxier, SharedPorts } from '../../lib/index.ts'
import { dial, received, startBackend } from '../fixtures/tcp.ts'

/** In one process two of them cannot listen on one port. */
const [before, after] = ['127.77.1.1', '127.77.1.2'] as const

function objects(protocol: 'TCP' | 'UDP', ports: readonly number[], spec: object = {}): object[] {
  const labels = { 'kubernetes.io/service-name': 'web' }
  const slices = ports.map((port) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'shop', name: `web-${port}`, labels },
    addressType: 'IPv4',
    ports: [{ protocol, port }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  }))
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name: 'web' },
    spec: { ports: [{ protocol, port: 1 }], sessionAffinity: 'ClientIP', ...spec },
  }
  return [service, ...slices]
}

async function start(
  t: Test,
  given: readonly object[],
  options: Partial<ProxierOptions> & { bindAddress: string },
) {
  const proxier = new Proxier({ source: new MemorySource(given), ...options })
  t.teardown(() => proxier.close())
  await proxier.start()
  const [status] = await proxier.services()
  const port = status && 'listeners' in status ? (status.listeners[0]?.port ?? 0) : 0
  return { proxier, port }
}

/** The backend that a client is sent to. */
async function visit(t: Test, address: string, port: number, from: string): Promise<string> {
  const socket = connect({ port, host: address, localAddress: from })
  t.teardown(() => socket.destroy())
  return String((await once(socket, 'data'))[0])
}

const clients = Array.from({ length: 9 }, (_, i) => `127.77.2.${i + 1}`)
const nobody = (): void => {}

t.test('clients stay on their endpoints, and connections go on where they are', async (t) => {
  const backends = await Promise.all(
    ['a', 'b', 'c'].map((name) => startBackend(t, (socket) => socket.write(name))),
  )
  const given = objects(
    'TCP',
    backends.map(({ port }) => port),
  )
  const first = await start(t, given, { bindAddress: before })
  const names: string[] = []
  for (const client of clients) names.push(await visit(t, before, first.port, client))
  t.equal(new Set(names).size, 3)

  const second = await start(t, given, { bindAddress: after, isSuccessor: true })
  const waiting = clients.map((client) => visit(t, after, second.port, client))
  // They are connected, and nobody is asked for them yet.
  const early = await dial(t, second.port, after)
  t.equal((await second.proxier.connections()).length, 0)

  const pins = await first.proxier.handOver(nobody)
  t.same(structuredClone(pins), pins, 'plain data')
  const refused = await received(connect({ port: first.port, host: before }))
  t.equal(refused.how, 'ECONNREFUSED')
  t.equal((await first.proxier.connections()).length, clients.length, 'they go on')
  await second.proxier.takeOver(pins)
  t.same(await Promise.all(waiting), names, 'everybody meets the same endpoint again')
  t.match(String((await once(early, 'data'))[0]), /[abc]/)
})

t.test('pins to endpoints that are gone, and of Services that are, are left out', async (t) => {
  const [a, b] = [
    await startBackend(t, (socket) => socket.write('a')),
    await startBackend(t, (socket) => socket.write('b')),
  ]
  const { proxier, port } = await start(t, objects('TCP', [b.port]), {
    bindAddress: after,
    isSuccessor: true,
  })
  const key = 'shop/web:/TCP/IPv4'
  const pins = [['127.77.2.1', `127.0.0.1:${a.port}`, 10]] as const
  await proxier.takeOver([
    { key: 'shop/gone:/TCP/IPv4', isInside: false, pins },
    { key, isInside: true, pins },
    { key, isInside: false, pins },
  ])
  t.equal(await visit(t, after, port, '127.77.2.1'), 'b')
})

t.test('no more than the newest 100,000 pins are handed over', async (t) => {
  const backend = await startBackend(t, (socket) => socket.write('a'))
  const { proxier, port } = await start(t, objects('TCP', [backend.port]), {
    bindAddress: after,
    isSuccessor: true,
    maxAffinityClients: 200_000,
  })
  const endpoint = `127.0.0.1:${backend.port}`
  const pins = Array.from({ length: 100_001 }, (_, i) => [`c${i}`, endpoint, 1000] as const)
  await proxier.takeOver([{ key: 'shop/web:/TCP/IPv4', isInside: false, pins }])
  await visit(t, after, port, '127.77.2.1')
  const [known] = await proxier.handOver(nobody)
  t.equal(known?.pins.length, 100_000)
  t.equal(known?.pins.at(-1)?.[0], '127.77.2.1', 'the newest is among them')
})

t.test('a UDP answer that comes late goes by way of the next one', async (t) => {
  const endpoint = createSocket('udp4')
  t.teardown(() => endpoint.close())
  endpoint.bind(0, '127.0.0.1')
  await once(endpoint, 'listening')
  const given = objects('UDP', [endpoint.address().port])
  const first = await start(t, given, { bindAddress: before })
  const second = await start(t, given, { bindAddress: after, isSuccessor: true })

  const client = createSocket('udp4')
  t.teardown(() => client.close())
  client.send('question', first.port, before)
  const [, from] = (await once(endpoint, 'message')) as [Buffer, { port: number }]
  const late = new Promise<LateReply>((resolve) => {
    void first.proxier.handOver(resolve).then((pins) => second.proxier.takeOver(pins))
  })
  endpoint.send('answer', from.port, '127.0.0.1')
  const reply = await late
  t.match(reply, { address: before, port: first.port, clientPort: client.address().port })
  const [status] = await second.proxier.services()
  second.proxier.replyLate(reply)
  second.proxier.replyLate({ ...reply, key: 'shop/gone:/UDP/IPv4' })
  const answer = once(client, 'message') as Promise<[Buffer, { address: string; port: number }]>
  second.proxier.replyLate({ ...reply, address: after, port: second.port })
  const [text, server] = await answer
  t.equal(text.toString(), 'answer')
  t.match(server, { address: after, port: second.port })
  t.match(status, { counts: { datagramsDropped: 0 } })
  const [dropped] = await second.proxier.services()
  t.match(dropped, { counts: { datagramsDropped: 1 } }, 'one was for a listener that is not there')
  await first.proxier.close()
  t.equal((await first.proxier.connections()).length, 0)
})

t.test(
  'UDP flows do not outlive their listener by more than the time of a late answer',
  async (t) => {
    const endpoint = createSocket('udp4')
    t.teardown(() => endpoint.close())
    endpoint.bind(0, '127.0.0.1')
    await once(endpoint, 'listening')
    const given = objects('UDP', [endpoint.address().port])
    const { proxier, port } = await start(t, given, { bindAddress: before, udpTimeoutMs: 200 })
    const client = createSocket('udp4')
    t.teardown(() => client.close())
    client.send('question', port, before)
    const [, from] = (await once(endpoint, 'message')) as [Buffer, { port: number }]
    const closed = once(proxier, 'close')
    await proxier.handOver(nobody)
    // A flow that is not idle.
    const talking = setInterval(() => endpoint.send('answer', from.port, '127.0.0.1'), 20)
    t.teardown(() => clearInterval(talking))
    t.match(await closed, [{ reason: 'grace-over' }])
  },
)

t.test('datagrams wait too', async (t) => {
  const endpoint = createSocket('udp4')
  t.teardown(() => endpoint.close())
  endpoint.bind(0, '127.0.0.1')
  await once(endpoint, 'listening')
  endpoint.on('message', (text, from) => endpoint.send(text, from.port, from.address))
  const given = objects('UDP', [endpoint.address().port])
  const { proxier, port } = await start(t, given, { bindAddress: after, isSuccessor: true })
  const client = createSocket('udp4')
  t.teardown(() => client.close())
  const answer = once(client, 'message')
  await new Promise((resolve) => client.send('question', port, after, resolve))
  // It is there already; the proxy needs a turn of the event loop to take it.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
  await proxier.takeOver([])
  t.equal(String((await answer)[0]), 'question')
})

t.test('with shared ports a port is chosen here, and had again by the next one', async (t) => {
  const given = objects('TCP', [])
  const sharedPorts = new SharedPorts()
  const first = await start(t, given, {
    bindAddress: before,
    sharedPorts,
    portalBinder: anyPortBinder(before),
  })
  t.ok(first.port >= 10_000 && first.port <= 29_999)
  const state = sharedPorts.state()
  t.same(state.held, [`TCP ${before} ${first.port}`])
  await first.proxier.close()
  t.same(sharedPorts.state(), { held: [], ports: {} })
  const second = await start(t, given, {
    bindAddress: before,
    sharedPorts: new SharedPorts(state),
    portalBinder: anyPortBinder(before),
  })
  t.equal(second.port, first.port)
})

function anyPortBinder(address: string): NonNullable<ProxierOptions['portalBinder']> {
  return {
    mode: 'none',
    listenAddresses: () => [{ role: 'proxy-port', address, ports: [0] }],
    start: async () => {},
    sync: async () => {},
    close: async () => {},
  }
}

t.test('after taking over, what the other one may have changed is looked at again', async (t) => {
  const trusted: (boolean | undefined)[] = []
  const portalBinder = {
    ...anyPortBinder(after),
    sync: async (_: unknown, options?: { trusts?: boolean }) => void trusted.push(options?.trusts),
  }
  const { proxier } = await start(t, objects('TCP', []), {
    bindAddress: after,
    isSuccessor: true,
    portalBinder,
  })
  t.notOk(trusted.includes(false))
  await proxier.takeOver([])
  await proxier.sync()
  t.equal(trusted.filter((trusts) => trusts === false).length, 1)
  t.equal(trusted.at(-1), true)
})
