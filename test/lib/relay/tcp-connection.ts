// The conformance of the TCP relay: every row is a promise of RFC 9293 that the original userspace mode broke or that
// a relay can break, with real sockets on loopback.
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { ServiceBalancer } from '../../../lib/balance/service-balancer.ts'
import type { EndpointAddress } from '../../../lib/model/endpoint.ts'
import { defaults } from '../../../lib/options.ts'
import { Counts } from '../../../lib/relay/counts.ts'
import type { Leg } from '../../../lib/relay/leg.ts'
import type { ConnectionHost } from '../../../lib/relay/connection-host.ts'
import { TcpConnection } from '../../../lib/relay/tcp-connection.ts'
import { TimeoutQueue } from '../../../lib/relay/timeout-queue.ts'
import { endpointAt, startPlane } from '../../fixtures/data-plane.ts'
import {
  dial,
  exchange,
  received,
  refusingPort,
  startBackend,
  startNamed,
} from '../../fixtures/tcp.ts'

t.test('a client that half-closes first still gets the whole answer', async (t) => {
  const answer = randomBytes(3_000_000)
  const backend = await startBackend(t, (socket) => {
    void received(socket).then(({ bytes }) => socket.end(Buffer.concat([bytes, answer])))
  })
  const { port, over } = await startPlane(t, { endpoints: [backend.port] })
  const { bytes, how } = await exchange(t, port, 'question')
  t.equal(how, 'end')
  t.ok(bytes.equals(Buffer.concat([Buffer.from('question'), answer])))
  const [info] = await over(1)
  t.match(info, {
    reason: 'ended',
    entry: `127.0.0.1:${port}`,
    entryName: 'internal',
    bytesFromClient: 8,
    bytesFromEndpoint: 3_000_008,
    attempts: 1,
    state: 'closed',
  })
})

t.test('an endpoint that half-closes first still gets all that the client sends', async (t) => {
  const backend = await startBackend(t)
  const { port, plane, over } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  const inner = await backend.accepted(0)
  const atEndpoint = received(inner)
  inner.end('goodbye')
  t.match(await received(client), { bytes: Buffer.from('goodbye'), how: 'end' })
  t.match(await plane.connections(), [{ state: 'endpoint-ended', endedFirst: 'endpoint' }])
  client.write('still ')
  await delay(20)
  client.end('here')
  t.match(await atEndpoint, { bytes: Buffer.from('still here'), how: 'end' })
  t.equal((await over(1))[0]?.reason, 'ended')
})

t.test('a server that speaks first is heard before the client has said anything', async (t) => {
  const backend = await startBackend(t, (socket) => void socket.write('220 ready\r\n'))
  const { port } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  const [greeting] = (await once(client, 'data')) as [Buffer]
  t.equal(greeting.toString(), '220 ready\r\n')
})

t.test('what the client sends and ends before an endpoint is connected is not lost', async (t) => {
  const refusing = await refusingPort(t)
  const backend = await startBackend(t, (socket) => {
    void received(socket).then(({ bytes }) => socket.end(bytes))
  })
  const { port, over } = await startPlane(t, { endpoints: [refusing, backend.port] })
  for (let i = 0; i < 6; i++)
    t.equal((await exchange(t, port, `early ${i}`)).bytes.toString(), `early ${i}`)
  t.ok(
    (await over(6)).some(({ attempts }) => attempts === 2),
    'some of them met the dead one first',
  )
})

t.test('one-byte writes arrive whole and in order', async (t) => {
  const backend = await startBackend(t, (socket) => socket.pipe(socket))
  const { port } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  const back = received(client)
  const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(40)
  for (const letter of text) {
    client.write(letter)
    if (letter === 'm') await delay(0)
  }
  client.end()
  t.equal((await back).bytes.toString(), text)
})

t.test(
  'a reset by the client arrives as a reset at the endpoint, after what was sent before it',
  async (t) => {
    const backend = await startBackend(t)
    const { port, over } = await startPlane(t, { endpoints: [backend.port] })
    const client = await dial(t, port)
    const inner = await backend.accepted(0)
    const atEndpoint = received(inner)
    client.write('last words')
    await once(inner, 'data')
    client.resetAndDestroy()
    t.match(await atEndpoint, { bytes: Buffer.from('last words'), how: 'ECONNRESET' })
    t.equal((await over(1))[0]?.reason, 'client-reset')
  },
)

t.test(
  'a reset by the endpoint arrives as a reset at the client, after what was sent before it',
  async (t) => {
    const backend = await startBackend(t)
    const { port, over } = await startPlane(t, { endpoints: [backend.port] })
    const client = await dial(t, port)
    const inner = await backend.accepted(0)
    const atClient = received(client)
    inner.write('last words')
    await once(client, 'data')
    inner.resetAndDestroy()
    t.match(await atClient, { bytes: Buffer.from('last words'), how: 'ECONNRESET' })
    t.equal((await over(1))[0]?.reason, 'endpoint-reset')
  },
)

/** Waits until back-pressure has stopped the sender: the relay holds bytes that the kernel does not take. */
async function stalled(
  counts: () => Promise<{ bytesFromClient: number; bytesFromEndpoint: number }>,
) {
  let before = -1
  for (;;) {
    const { bytesFromClient, bytesFromEndpoint } = await counts()
    if (bytesFromClient + bytesFromEndpoint === before) return
    before = bytesFromClient + bytesFromEndpoint
    await delay(100)
  }
}

t.test('a reset waits for what this process still holds for the client', async (t) => {
  const backend = await startBackend(t)
  const { port, over, counts, plane } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  client.pause()
  const inner = await backend.accepted(0)
  inner.write(Buffer.alloc(24_000_000, 1))
  await stalled(counts)
  inner.resetAndDestroy() // not seen yet: the relay does not read this leg while the client takes nothing
  client.write('seen when this is written to the endpoint')
  await delay(100)
  t.match(
    await counts(),
    { bytesFromClient: 41, open: 1 },
    'the client was not reset with bytes held for it',
  )
  t.equal((await plane.connections()).length, 1)
  const atClient = received(client)
  client.resume()
  const { bytes, how } = await atClient
  t.equal(how, 'ECONNRESET')
  t.ok(bytes.length > 0)
  t.equal((await over(1))[0]?.reason, 'endpoint-reset')
})

t.test('a reset waits for what this process still holds for the endpoint', async (t) => {
  const backend = await startBackend(t, (socket) => socket.pause())
  const { port, over, counts, plane } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  const inner = await backend.accepted(0)
  client.write(Buffer.alloc(24_000_000, 1))
  await stalled(counts)
  client.resetAndDestroy()
  inner.write('seen when this is written to the client')
  await delay(100)
  t.equal(
    (await plane.connections()).length,
    1,
    'the endpoint was not reset with bytes held for it',
  )
  const atEndpoint = received(inner)
  inner.resume()
  const { bytes, how } = await atEndpoint
  t.equal(how, 'ECONNRESET')
  t.ok(bytes.length > 0)
  t.equal((await over(1))[0]?.reason, 'client-reset')
})

t.test('an answer that was ended before the endpoint was reset arrives whole', async (t) => {
  const backend = await startBackend(t)
  const { port, over, counts } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  client.pause()
  const inner = await backend.accepted(0)
  const sent = 1_000_000
  inner.end(Buffer.alloc(sent, 1)) // the relay holds some of it for the client, and a FIN behind it
  while ((await counts()).bytesFromEndpoint < sent) await delay(10)
  const atClient = received(client)
  client.resume()
  const { how, bytes } = await atClient
  t.same([how, bytes.length], ['end', sent])
  const reset = new Promise((resolve) => client.on('close', resolve))
  inner.resetAndDestroy() // nobody reads what the client still sends
  client.write('anybody?')
  await delay(20)
  client.write('anybody?')
  await reset
  t.equal((await over(1))[0]?.reason, 'endpoint-reset')
})

t.test('a half-closed connection on which nothing moves ends after its limit', async (t) => {
  const backend = await startBackend(t)
  const { port, over } = await startPlane(t, {
    endpoints: [backend.port],
    options: { halfCloseTimeoutMs: 150 },
  })
  const client = await dial(t, port)
  const inner = await backend.accepted(0)
  const atEndpoint = received(inner)
  client.end()
  t.equal((await atEndpoint).how, 'end')
  // Bytes that still move the other way keep it alive.
  for (let i = 0; i < 4; i++) {
    await delay(80)
    inner.write('x')
  }
  t.notOk(client.destroyed)
  t.match(await received(client), { how: 'ECONNRESET' })
  t.equal((await over(1))[0]?.reason, 'half-close-timeout')
})

t.test('a receiver that takes no byte is given up after the stall timeout', async (t) => {
  const backend = await startBackend(t, (socket) => void socket.write(Buffer.alloc(24_000_000)))
  const { port, over } = await startPlane(t, {
    endpoints: [backend.port],
    options: { stallTimeoutMs: 300 },
  })
  const client = await dial(t, port)
  client.pause()
  t.equal((await over(1))[0]?.reason, 'stall-timeout')
})

t.test('a connection that was stalled and is not any more is left alone', async (t) => {
  const backend = await startBackend(t, (socket) => socket.end(Buffer.alloc(24_000_000)))
  const { port, over } = await startPlane(t, {
    endpoints: [backend.port],
    options: { stallTimeoutMs: 1500 },
  })
  const client = await dial(t, port)
  client.pause()
  await delay(300)
  client.resume()
  client.on('data', () => {})
  await once(client, 'end')
  await delay(1600)
  client.end()
  t.equal((await over(1))[0]?.reason, 'ended')
})

t.test('without any usable endpoint the client is reset at once', async (t) => {
  const { port, closed, counts } = await startPlane(t)
  t.match(await exchange(t, port), { how: 'ECONNRESET' })
  while ((await counts()).open > 0) await nextTurn()
  // Told at once, not with others a little later.
  t.match(closed, [{ reason: 'no-endpoint', state: 'closed', endpoint: '', attempts: 0 }])
  t.match(await counts(), { opened: 1, open: 0, failed: { 'no-endpoint': 1 } })
})

t.test('when all endpoints refuse each is dialled once, and the client is reset', async (t) => {
  const ports = await Promise.all([1, 2, 3, 4, 5, 6].map(() => refusingPort(t)))
  const { port, over, counts } = await startPlane(t, { endpoints: ports })
  t.match(await exchange(t, port), { how: 'ECONNRESET' })
  t.match((await over(1))[0], { reason: 'dial-failed', attempts: 6 })
  t.match(await counts(), { dialAttempts: 6, failed: { 'dial-failed': 1 } })
})

t.test('refusals do not use up the attempts: the seventh endpoint is reached', async (t) => {
  const ports = await Promise.all([1, 2, 3, 4, 5, 6].map(() => refusingPort(t)))
  const alive = await startNamed(t, 'alive')
  const { port, over } = await startPlane(t, { endpoints: [...ports, alive.port] })
  const answers = [await exchange(t, port), await exchange(t, port)]
  t.same(
    answers.map(({ bytes }) => bytes.toString()),
    ['alive', 'alive'],
  )
  t.ok((await over(2)).every(({ attempts }) => attempts <= 7))
})

t.test('an endpoint that is a listener of ours is never dialled', async (t) => {
  const alive = await startNamed(t, 'alive')
  const { port, over, setEndpoints, counts } = await startPlane(t)
  await setEndpoints([port])
  t.match(await exchange(t, port), { how: 'ECONNRESET' })
  t.match((await over(1))[0], { reason: 'loop', attempts: 0 })
  await setEndpoints([port, alive.port])
  t.equal((await exchange(t, port)).bytes.toString(), 'alive')
  t.equal((await counts()).dialAttempts, 1)
})

t.test('IPv6 is carried like IPv4', async (t) => {
  const backend = await startBackend(t, (socket) => socket.pipe(socket), { address: '::1' })
  const { port, opened } = await startPlane(t, { address: '::1', endpoints: [backend.port] })
  const client = await dial(t, port, '::1')
  const back = received(client)
  client.end('six')
  t.equal((await back).bytes.toString(), 'six')
  t.match(opened[0], {
    family: 'IPv6',
    client: /^\[::1]:\d+$/,
    entry: `[::1]:${port}`,
    endpoint: `[::1]:${backend.port}`,
  })
})

t.test('connections are listed while they are open', async (t) => {
  const backend = await startBackend(t)
  const { port, plane, opened } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  await backend.accepted(0)
  client.write('12345')
  await once((await backend.accepted(0)).resume(), 'data')
  const [info] = await plane.connections()
  t.match(info, {
    id: 1,
    servicePort: 'default/web:http',
    protocol: 'TCP',
    client: `127.0.0.1:${client.localPort}`,
    entry: `127.0.0.1:${port}`,
    endpoint: `127.0.0.1:${backend.port}`,
    state: 'established',
    attempts: 1,
    bytesFromClient: 5,
  })
  t.notOk('reason' in (info ?? {}))
  t.equal(opened.length, 1)
  client.end()
  const closing = received(await backend.accepted(0))
  await closing
  t.match(await plane.connections(), [{ state: 'client-ended', endedFirst: 'client' }])
})

t.test('at the end of the grace time what is open is reset', async (t) => {
  const backend = await startBackend(t)
  const { port, plane, over } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  await backend.accepted(0)
  const atClient = received(client)
  await plane.close({ graceMs: 20 })
  t.equal((await atClient).how, 'ECONNRESET')
  t.equal((await over(1))[0]?.reason, 'grace-over')
})

t.test('a connection that ends within the grace time ends in order', async (t) => {
  const backend = await startBackend(t, (socket) => socket.pipe(socket))
  const { port, plane, over } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  const atClient = received(client)
  await backend.accepted(0)
  const closing = plane.close({ graceMs: 60_000 })
  client.end('finished')
  t.match(await atClient, { bytes: Buffer.from('finished'), how: 'end' })
  await closing
  t.equal((await over(1))[0]?.reason, 'ended')
})

t.test(
  'an answer that is followed by a reset arrives, also where a write meets the reset first',
  async (t) => {
    const answer = randomBytes(20_000)
    for (const side of ['client', 'endpoint'] as const) {
      const backend = await startBackend(t)
      const { port, over, opened } = await startPlane(t, { endpoints: [backend.port] })
      const client = await dial(t, port)
      const inner = await backend.accepted(0)
      while (opened.length === 0) await delay(1)
      const [speaker, reader] = side === 'client' ? [inner, client] : [client, inner]
      speaker.pause()
      const ending = received(reader)
      // In one turn, and the reader's word first: the relay sees that first, and writes it to a socket that was reset.
      reader.write('more of an upload that nobody reads')
      speaker.write(answer)
      speaker.resetAndDestroy()
      const { bytes, how } = await ending
      t.ok(bytes.equals(answer), `${bytes.length} of 20000 bytes`)
      t.equal(how, 'ECONNRESET')
      t.equal((await over(1))[0]?.reason, side === 'client' ? 'endpoint-reset' : 'client-reset')
    }
  },
)

t.test('a reset that comes together with the last bytes is not taken for an end', async (t) => {
  const answer = randomBytes(20_000)
  for (const side of ['client', 'endpoint'] as const) {
    for (const isHalfClosed of [false, true]) {
      const backend = await startBackend(t)
      const { port, over, opened } = await startPlane(t, { endpoints: [backend.port] })
      const client = await dial(t, port)
      const inner = await backend.accepted(0)
      while (opened.length === 0) await delay(1)
      const [speaker, reader] = side === 'client' ? [inner, client] : [client, inner]
      const ending = received(reader)
      if (isHalfClosed) {
        reader.end()
        t.equal((await received(speaker)).how, 'end')
      }
      speaker.write(answer)
      speaker.resetAndDestroy()
      const { bytes, how } = await ending
      t.ok(bytes.equals(answer), `${bytes.length} of 20000 bytes`)
      t.equal(how, 'ECONNRESET', `${side}, half-closed: ${isHalfClosed}`)
      t.equal((await over(1))[0]?.reason, side === 'client' ? 'endpoint-reset' : 'client-reset')
    }
  }
})

t.test(
  'a receiver that takes nothing is given up although the other direction moves',
  async (t) => {
    const backend = await startBackend(t, (socket) => socket.resume())
    const { port, over } = await startPlane(t, {
      endpoints: [backend.port],
      options: { stallTimeoutMs: 400 },
    })
    const client = await dial(t, port)
    client.pause()
    ;(await backend.accepted(0)).write(Buffer.alloc(24_000_000))
    const block = Buffer.alloc(4_000_000)
    const send = (): void => {
      if (!client.destroyed) client.write(block, () => setImmediate(send))
    }
    send()
    t.equal((await over(1))[0]?.reason, 'stall-timeout')
  },
)

// Faults of this machine cannot be ordered from a kernel: here the host and the legs are fakes.

class FakeLeg extends EventEmitter {
  readonly localAddress = '127.0.0.1'
  readonly localPort = 40_000
  writableLength = 0
  readonly writableEnded = false
  readableEnded = false
  destroyed = false
  wasReset = false
  /** What it was asked for, in the order of the calls. */
  readonly asked: string[] = []

  write(): boolean {
    this.asked.push('write')
    return true
  }

  end(): void {
    this.asked.push('end')
  }

  setNoDelay(): void {
    this.asked.push('no delay')
  }

  setKeepAlive(isOn: boolean, afterMs: number): void {
    this.asked.push(`keep alive ${isOn} ${afterMs}`)
  }

  destroy(): void {
    this.destroyed = true
  }

  resume(): void {}

  resetAndDestroy(): void {
    this.destroyed = true
    this.wasReset = true
  }
}

function fakeHost(endpoints: readonly EndpointAddress[]) {
  const told: string[] = []
  const queue = new TimeoutQueue<TcpConnection>({ timeoutMs: 0, now: () => 0, onExpire: () => {} })
  let picks = 0
  let endpoint = new FakeLeg()
  const balancer = {
    pick: () => endpoints[picks++],
    reached: () => {},
    ended: () => {},
    failed: ({ key }: EndpointAddress) => told.push(`failed ${key}`),
    released: ({ key }: EndpointAddress) => told.push(`released ${key}`),
  } as unknown as ServiceBalancer
  const host = {
    servicePort: 'default/web:http',
    context: {
      options: defaults,
      now: () => 0,
      nextId: () => 1,
      ownListeners: { has: () => false },
      reads: { end: () => {} },
      isSourcePort: (port: number) => port === 40_000,
      events: { watchesConnections: () => false },
      timeouts: { young: queue, halfClosed: queue, stalled: queue, dials: () => queue },
    },
    counts: new Counts(),
    connect: (_: TcpConnection, { key }: EndpointAddress) => {
      told.push(`dial ${key}`)
      endpoint = new FakeLeg()
      return endpoint
    },
    established: () => {},
    failed: (_: TcpConnection, reason: string) => told.push(reason),
    closed: (_: TcpConnection, reason: string) => told.push(reason),
  } as unknown as ConnectionHost
  const client = new FakeLeg()
  const connection = new TcpConnection({
    host,
    client: client as unknown as Leg,
    clientAddress: '127.0.0.1',
    balancer,
    entry: '',
  })
  return { connection, client, told, endpoint: () => endpoint }
}

t.test('a dial that has no descriptor ends the connection, and blames no endpoint', async (t) => {
  const { connection, client, told } = fakeHost([endpointAt(1), endpointAt(2)])
  connection.dial()
  connection.endpointFailed(Object.assign(new Error(), { code: 'EMFILE' }))
  t.ok(client.wasReset)
  connection.legClosed()
  t.same(told, ['dial 127.0.0.1:1', 'released 127.0.0.1:1', 'descriptors'])
})

t.test('a dial that has no local port goes on to the next endpoint, and blames none', async (t) => {
  const { connection, client, told } = fakeHost([endpointAt(1), endpointAt(2)])
  connection.dial()
  connection.endpointFailed(Object.assign(new Error(), { code: 'EADDRNOTAVAIL' }))
  connection.endpointFailed(Object.assign(new Error(), { code: 'EADDRNOTAVAIL' }))
  t.ok(client.wasReset)
  connection.legClosed()
  t.same(told, [
    'dial 127.0.0.1:1',
    'released 127.0.0.1:1',
    'dial 127.0.0.1:2',
    'released 127.0.0.1:2',
    'local-fault',
  ])
})

t.test('a client that fails while an endpoint is dialled takes the dial with it', async (t) => {
  const { connection, client, told } = fakeHost([endpointAt(1)])
  connection.dial()
  client.destroy()
  connection.clientFailed()
  connection.legClosed()
  t.same(told, ['dial 127.0.0.1:1', 'released 127.0.0.1:1', 'client-gone'])
})

t.test('a dial that has met itself is a dial that was refused', async (t) => {
  const { connection, client, told } = fakeHost([endpointAt(40_000)])
  connection.dial()
  connection.connected()
  t.ok(client.wasReset)
  connection.legClosed()
  t.same(told, ['dial 127.0.0.1:40000', 'failed 127.0.0.1:40000', 'dial-failed'])
})

t.test('the kernel is told of no delay with the second write, of keep-alive later', async (t) => {
  const { connection, client, endpoint } = fakeHost([endpointAt(1)])
  connection.dial()
  connection.connected()
  const chunk = Buffer.from('abc')
  connection.fromClient(chunk)
  connection.fromEndpoint(chunk)
  t.same([client.asked, endpoint().asked], [['write'], ['write']])
  connection.fromClient(chunk)
  connection.fromEndpoint(chunk)
  connection.grownUp()
  const all = ['write', 'no delay', 'write', 'keep alive true 15000']
  t.same([client.asked, endpoint().asked], [all, all])
})

t.test('the second end closes a leg, the first one only its direction', async (t) => {
  for (const held of [0, 100]) {
    const { connection, client, endpoint, told } = fakeHost([endpointAt(1)])
    connection.dial()
    connection.connected()
    client.readableEnded = true
    connection.clientEnded()
    t.same(endpoint().asked, ['end'])
    client.writableLength = held
    connection.endpointEnded()
    t.same([client.asked, client.destroyed], held > 0 ? [['end'], false] : [[], true])
    connection.legClosed()
    connection.legClosed()
    t.same(told, ['dial 127.0.0.1:1', 'ended'])
  }
})

t.test(
  'a leg that holds bytes is reset when they are out, by its drain or by its finish',
  async (t) => {
    for (const event of ['drain', 'finish']) {
      const { connection, endpoint } = fakeHost([endpointAt(1)])
      connection.dial()
      connection.connected()
      endpoint().writableLength = 1000
      connection.clientFailed()
      t.notOk(endpoint().wasReset)
      endpoint().emit(event)
      t.ok(endpoint().wasReset)
    }
  },
)
