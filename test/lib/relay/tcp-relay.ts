// Dialling: what a client sees when endpoints are dead, silent or refuse, and who is held to blame.
import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { AcceptedReads } from '../../../lib/relay/accepted-reads.ts'
import { legReads } from '../../../lib/relay/leg-reads.ts'
import { TcpTimeouts } from '../../../lib/relay/tcp-timeouts.ts'
import { parseOptions } from '../../../lib/options.ts'
import type { ClientBalancers } from '../../../lib/relay/client-balancers.ts'
import type { ConnectionInfo } from '../../../lib/relay/data-plane.ts'
import { DescriptorBudget } from '../../../lib/relay/descriptor-budget.ts'
import { Endings } from '../../../lib/relay/endings.ts'
import type { Leg } from '../../../lib/relay/leg.ts'
import { OwnListeners } from '../../../lib/relay/own-listeners.ts'
import type { RelayContext } from '../../../lib/relay/relay-context.ts'
import { TcpRelay } from '../../../lib/relay/tcp-relay.ts'
import { startBlackHole } from '../../fixtures/black-hole.ts'
import { endpointAt, startPlane } from '../../fixtures/data-plane.ts'
import {
  dial,
  exchange,
  received,
  refusingPort,
  startBackend,
  startNamed,
} from '../../fixtures/tcp.ts'

t.test('round robin in stable order', async (t) => {
  const backends = await Promise.all(['a', 'b', 'c'].map((name) => startNamed(t, name)))
  const { port, setEndpoints } = await startPlane(t, {
    endpoints: backends.map((backend) => backend.port),
  })
  const order: string[] = []
  for (let i = 0; i < 9; i++) order.push((await exchange(t, port)).bytes.toString())
  t.same(order.slice(3), order.slice(0, 6))
  t.same(order.slice(0, 3).sort(), ['a', 'b', 'c'])
  // The cursor survives a change of the list: the one that would be next still is.
  await setEndpoints(backends.filter((_, index) => index !== 0).map((backend) => backend.port))
  await setEndpoints(backends.map((backend) => backend.port))
  t.equal((await exchange(t, port)).bytes.toString(), order[0])
})

t.test('a dial that is not answered in time goes on to the next endpoint', async (t) => {
  const hole = await startBlackHole(t)
  const alive = await startNamed(t, 'alive')
  const { port, over } = await startPlane(t, {
    endpoints: [hole.port, alive.port],
    options: { dialTimeoutsMs: [60, 10_000] },
  })
  for (let i = 0; i < 4; i++) t.equal((await exchange(t, port, 'hello')).bytes.toString(), 'alive')
  const attempts = (await over(4)).map((info) => info.attempts)
  t.equal(
    attempts.filter((count) => count === 2).length,
    1,
    'only one of them waited: then it was deferred',
  )
})

t.test(
  'with all dead the client is reset after the last timeout, having tried each with longer ones',
  async (t) => {
    const [one, two] = [await startBlackHole(t), await startBlackHole(t)]
    const { port, over } = await startPlane(t, {
      endpoints: [one.port, two.port],
      options: { dialTimeoutsMs: [40, 60, 80] },
    })
    t.equal((await exchange(t, port)).how, 'ECONNRESET')
    const [info] = await over(1)
    t.match(info, { reason: 'dial-failed', attempts: 3 })
    t.ok((info?.ageMs ?? 0) >= 179)
  },
)

t.test('an endpoint that refuses is not asked again in the rounds after a timeout', async (t) => {
  const hole = await startBlackHole(t)
  const refusing = await refusingPort(t)
  const { port, over } = await startPlane(t, {
    endpoints: [hole.port, refusing],
    options: { dialTimeoutsMs: [40, 60] },
  })
  t.equal((await exchange(t, port)).how, 'ECONNRESET')
  t.match(await over(1), [{ reason: 'dial-failed', attempts: 3 }])
})

t.test('a slow endpoint that is the only one is reached by a longer try', async (t) => {
  const hole = await startBlackHole(t)
  const { port, over } = await startPlane(t, {
    endpoints: [hole.port],
    options: { dialTimeoutsMs: [50, 20_000] },
  })
  const answer = exchange(t, port)
  await delay(120)
  hole.revive()
  t.equal((await answer).bytes.toString(), 'alive')
  t.match(await over(1), [{ reason: 'ended', attempts: 2 }])
})

t.test('affinity holds the client, moves with a failed dial, and stays moved', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  const { port } = await startPlane(t, {
    endpoints: [a.port, b.port],
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 600 },
  })
  const first = (await exchange(t, port)).bytes.toString()
  for (let i = 0; i < 4; i++) t.equal((await exchange(t, port)).bytes.toString(), first)
  const pinned = first === 'a' ? a : b
  pinned.server.close()
  await once(pinned.server, 'close')
  const second = (await exchange(t, port)).bytes.toString()
  t.not(second, first)
  await startBackend(t, (socket) => socket.end(first), { port: pinned.port })
  for (let i = 0; i < 4; i++)
    t.equal((await exchange(t, port)).bytes.toString(), second, 're-pinned')
})

t.test(
  'over the budget of descriptors a client is reset and counted, and nobody else notices',
  async (t) => {
    const backend = await startBackend(t, (socket) => socket.pipe(socket))
    const { port, counts, over } = await startPlane(t, {
      endpoints: [backend.port],
      options: { maxDescriptors: 5 }, // a listener and two connections
    })
    const [one, two] = [await dial(t, port), await dial(t, port)]
    await backend.accepted(1)
    t.equal((await exchange(t, port)).how, 'ECONNRESET')
    t.match(await counts(), { opened: 3, open: 2, failed: { descriptors: 1 } })
    one.write('still here')
    t.equal(String((await once(one, 'data'))[0]), 'still here')
    one.end()
    t.match(await over(2), [
      { reason: 'descriptors', attempts: 0, endpoint: '', entry: `127.0.0.1:${port}` },
      { reason: 'ended' },
    ])
    t.equal((await exchange(t, port, 'room again')).bytes.toString(), 'room again')
    two.destroy()
  },
)

t.test('a client that is gone before an endpoint is reached costs nobody anything', async (t) => {
  const hole = await startBlackHole(t)
  const { port, over, plane, counts } = await startPlane(t, {
    endpoints: [hole.port],
    options: { dialTimeoutsMs: [100, 20_000] },
  })
  const client = await dial(t, port)
  while ((await plane.connections()).length === 0) await delay(5)
  t.match(await plane.connections(), [{ state: 'dialing', attempts: 1 }])
  t.same(await plane.endpointCounts(), [], 'it has reached none')
  client.resetAndDestroy()
  await delay(150)
  hole.revive()
  t.match(await over(1), [{ state: 'closed' }])
  t.match(await counts(), { open: 0 })
})

t.test('connections that are being dialled are ended at the end of the grace time', async (t) => {
  const hole = await startBlackHole(t)
  const { port, over, plane } = await startPlane(t, { endpoints: [hole.port] })
  const client = await dial(t, port)
  const ending = received(client)
  while ((await plane.connections()).length === 0) await delay(5)
  await plane.close({ graceMs: 0 })
  t.equal((await ending).how, 'ECONNRESET')
  t.match(await over(1), [{ reason: 'shutdown' }])
})

t.test(
  'who watches only ends is told of no beginning, and still by which way it came',
  async (t) => {
    const backend = await startNamed(t, 'x')
    for (const watchesBeginnings of [false, true]) {
      const endpoints = [backend.port]
      const { port, opened, over } = await startPlane(t, { endpoints, watchesBeginnings })
      await exchange(t, port)
      t.match(await over(1), [{ entry: `127.0.0.1:${port}`, reason: 'ended' }])
      t.equal(opened.length, watchesBeginnings ? 1 : 0)
    }
  },
)

t.test('a burst of clients that leave at once leaves nothing behind', async (t) => {
  const backend = await startNamed(t, 'x')
  const { port, counts, plane } = await startPlane(t, { endpoints: [backend.port], watches: false })
  for (let i = 0; i < 200; i++) {
    const client = connect({ port, host: '127.0.0.1' })
    client.on('error', () => {})
    client.on('connect', () => client.resetAndDestroy())
  }
  while ((await counts()).opened < 200 || (await counts()).open > 0) await delay(5)
  t.same(await plane.connections(), [])
})

t.test(
  'a buffer that a read has filled grows: bulk takes fewer reads, and is intact',
  async (t) => {
    const bytes = Buffer.alloc(5_000_000, 'abcdefghij')
    const backend = await startBackend(t, (socket) => socket.end(bytes))
    const { port } = await startPlane(t, { endpoints: [backend.port] })
    t.ok((await exchange(t, port)).bytes.equals(bytes))
  },
)

for (const fastReads of [true, false]) {
  t.test(
    `of bulk a turn of the event loop takes a bounded part (fast reads: ${fastReads})`,
    async (t) => {
      const bytes = Buffer.alloc(16_000_000)
      const backend = await startBackend(t, (socket) => socket.pipe(socket))
      const { port, plane } = await startPlane(t, {
        endpoints: [backend.port],
        options: { fastReads },
      })
      const answer = exchange(t, port, bytes)
      let isOver = false
      void answer.then(() => (isOver = true))
      const most = { fromClient: 0, fromEndpoint: 0 }
      for (let before = { fromClient: 0, fromEndpoint: 0 }; !isOver; await nextTurn()) {
        const [info] = await plane.connections()
        if (info === undefined) continue
        const now = { fromClient: info.bytesFromClient, fromEndpoint: info.bytesFromEndpoint }
        most.fromClient = Math.max(most.fromClient, now.fromClient - before.fromClient)
        most.fromEndpoint = Math.max(most.fromEndpoint, now.fromEndpoint - before.fromEndpoint)
        before = now
      }
      t.equal((await answer).bytes.length, bytes.length)
      // A buffer of each size, at most: they grow within the first turn.
      t.ok(most.fromClient < 400_000, `${most.fromClient} bytes`)
      t.ok(most.fromEndpoint < 400_000, `${most.fromEndpoint} bytes`)
    },
  )

  t.test(
    `an upload to a slow endpoint is held back, and intact (fast reads: ${fastReads})`,
    async (t) => {
      const bytes = Buffer.alloc(20_000_000, 'abcdefghij')
      const backend = await startBackend(t, (socket) => socket.pause())
      const { port, counts } = await startPlane(t, {
        endpoints: [backend.port],
        options: { fastReads },
      })
      const client = await dial(t, port)
      const ending = received(client)
      const isHeldBack = !client.write(bytes)
      client.end()
      t.ok(isHeldBack)
      const inner = await backend.accepted(0)
      for (let before = -1; ; await delay(50)) {
        const { bytesFromClient } = await counts()
        if (bytesFromClient === before && before > 0) break
        before = bytesFromClient
      }
      t.ok((await counts()).bytesFromClient < bytes.length)
      const upload = received(inner)
      inner.resume()
      t.ok((await upload).bytes.equals(bytes))
      inner.end('thanks')
      t.equal((await ending).bytes.toString(), 'thanks')
    },
  )
}

t.test('without keep-alive no socket has it', async (t) => {
  const backend = await startNamed(t, 'plain')
  const { port } = await startPlane(t, { endpoints: [backend.port], options: { keepAliveMs: 0 } })
  t.equal((await exchange(t, port)).bytes.toString(), 'plain')
})

t.test('a leg that is being shut down when it is to be reset is reset, not leaked', async (t) => {
  const backend = await startBackend(t, (socket) => socket.end('bye'))
  let resolve = (_reason: string): void => {}
  const isClosed = new Promise<string>((resolved) => (resolve = resolved))
  const balancer = { pick: () => endpointAt(backend.port), reached() {}, released() {}, ended() {} }
  const timeouts = new TcpTimeouts(parseOptions(), () => performance.now())
  const reads = legReads()
  const relay = new TcpRelay({
    servicePort: 'default/web:http',
    balancers: { for: () => balancer } as unknown as ClientBalancers,
    context: {
      options: parseOptions(),
      timeouts,
      reads,
      acceptedReads: new AcceptedReads(reads.client),
      isSourcePort: () => false,
      budget: new DescriptorBudget(100),
      ownListeners: new OwnListeners(),
      events: {
        connection() {},
        fault() {},
        listener() {},
        close() {},
        watchesConnections: () => true,
      },
      endings: new Endings({
        tell: ({ reason }) => resolve(reason),
        now: () => performance.now(),
      }),
      now: () => performance.now(),
      nextId: () => 1,
    } as Partial<RelayContext> as RelayContext,
  })
  // Called in the very tick in which the client's leg was ended, before the kernel has been told of it.
  timeouts.halfClosed.add = (connection) => {
    connection.reset('half-close-timeout')
    return undefined
  }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) =>
    relay.accept(client),
  )
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = await dial(t, (server.address() as AddressInfo).port)
  const ending = await received(client)
  t.equal(ending.bytes.toString(), 'bye')
  t.equal(await isClosed, 'half-close-timeout')
  t.equal(relay.connections.size, 0)
})

t.test(
  'a client that is gone before it is taken over is told with what is known of it',
  async (t) => {
    const told: ConnectionInfo[] = []
    let ids = 0
    const relay = new TcpRelay({
      servicePort: 'default/web:http',
      balancers: { for: () => undefined } as unknown as ClientBalancers,
      context: {
        events: { watchesConnections: () => true },
        endings: new Endings({
          tell: (info) => void told.push(info),
          now: () => 0,
          wallClock: () => 5,
        }),
        now: () => 0,
        nextId: () => ++ids,
      } as unknown as RelayContext,
    })
    const client = (addresses: object): Leg =>
      Object.assign(new EventEmitter(), { resetAndDestroy() {}, ...addresses }) as unknown as Leg
    relay.accept(client({}))
    relay.accept(client({ remoteAddress: '::1', remotePort: 1, localAddress: '::1', localPort: 2 }))
    const none = {
      attempts: 0,
      ageMs: 0,
      endedMs: 5,
      bytesFromClient: 0,
      bytesFromEndpoint: 0,
      endpoint: '',
    }
    const common = { ...none, servicePort: 'default/web:http', protocol: 'TCP', state: 'closed' }
    const web = { ...common, entryName: 'internal' }
    t.same(told, [
      { ...web, id: 1, family: 'IPv4', client: '', entry: '', reason: 'client-gone' },
      {
        ...web,
        id: 2,
        family: 'IPv6',
        client: '[::1]:1',
        entry: '[::1]:2',
        reason: 'source-range',
      },
    ])
    t.match(relay.counts.snapshot(), { opened: 2, open: 0 })
  },
)
