import { randomBytes } from 'node:crypto'
import { Socket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { endpointAt, startPlane, testKey } from '../../fixtures/data-plane.ts'
import { openUdp, startUdpEcho, udpClient } from '../../fixtures/udp.ts'

t.test('datagrams of every size pass whole, both ways', async (t) => {
  const echo = await startUdpEcho(t)
  const { port, plane } = await startPlane(t, { protocol: 'UDP', endpoints: [echo.port] })
  const client = await udpClient(t, port)
  const sizes = [0, 1, 4097, 65_507]
  for (const [index, size] of sizes.entries()) {
    const sent = randomBytes(size)
    client.send(sent)
    await client.got(index + 1)
    t.ok(client.datagrams[index]?.bytes.equals(sent), `${size} bytes`)
    t.equal(client.datagrams[index]?.from.port, port, 'answered from the port that was asked')
  }
  const total = sizes.reduce((sum, size) => sum + size)
  t.match(await plane.connections(), [
    {
      protocol: 'UDP',
      client: `127.0.0.1:${client.port}`,
      entry: `127.0.0.1:${port}`,
      endpoint: `127.0.0.1:${echo.port}`,
      state: 'established',
      bytesFromClient: total,
      bytesFromEndpoint: total,
    },
  ])
})

t.test('who watches only ends is told of no beginning', async (t) => {
  const echo = await startUdpEcho(t)
  for (const watchesBeginnings of [false, true]) {
    const { port, opened, over, setEndpoints } = await startPlane(t, {
      protocol: 'UDP',
      endpoints: [echo.port],
      watchesBeginnings,
    })
    const client = await udpClient(t, port)
    client.send('x')
    await client.got(1)
    await setEndpoints([])
    t.match(await over(1), [{ entry: `127.0.0.1:${port}`, reason: 'endpoint-removed' }])
    t.equal(opened.length, watchesBeginnings ? 1 : 0)
  }
})

t.test('a thousand clients at once each get their own answers', async (t) => {
  const echoes = await Promise.all([startUdpEcho(t), startUdpEcho(t), startUdpEcho(t)])
  const { port, counts } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: echoes.map((echo) => echo.port),
  })
  const clients = await Promise.all(Array.from({ length: 1000 }, () => udpClient(t, port)))
  for (let round = 1; round <= 3; round++) {
    for (const [index, client] of clients.entries()) client.send(`client ${index} round ${round}`)
    await Promise.all(clients.map((client) => client.got(round)))
  }
  for (const [index, client] of clients.entries()) {
    const texts = client.datagrams.map(({ bytes }) => bytes.toString()).sort()
    t.strictSame(
      texts,
      [1, 2, 3].map((round) => `client ${index} round ${round}`),
    )
  }
  t.match(await counts(), { opened: 1000, open: 1000 })
  for (const echo of echoes) {
    const ports = new Set(echo.datagrams.map(({ from }) => from.port))
    t.ok(ports.size >= 333 && ports.size <= 334, `${ports.size} flows on each endpoint`)
  }
})

t.test(
  'datagrams that come while the flow is being connected are kept, up to a bound',
  async (t) => {
    const echo = await startUdpEcho(t)
    const { port } = await startPlane(t, { protocol: 'UDP', endpoints: [echo.port] })
    const client = await udpClient(t, port)
    for (let i = 0; i < 30; i++) client.send(`${i}`)
    await client.got(30)
    t.same(
      client.datagrams.map(({ bytes }) => Number(bytes.toString())),
      Array.from({ length: 30 }, (_, i) => i),
    )
  },
)

t.test('an endpoint that is removed loses its flows at once, the others keep theirs', async (t) => {
  const [a, b] = [await startUdpEcho(t, 'a'), await startUdpEcho(t, 'b')]
  const { port, setEndpoints, over, plane } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: [a.port, b.port],
  })
  const clients = [await udpClient(t, port), await udpClient(t, port)]
  for (const client of clients) client.send('1')
  await Promise.all(clients.map((client) => client.got(1)))
  const onA = clients.find((client) => client.datagrams[0]?.bytes.toString() === 'a1')
  const onB = clients.find((client) => client.datagrams[0]?.bytes.toString() === 'b1')
  await setEndpoints([b.port])
  t.match(await over(1), [{ reason: 'endpoint-removed', endpoint: `127.0.0.1:${a.port}` }])
  t.equal((await plane.connections()).length, 1)
  onA?.send('2')
  onB?.send('2')
  await Promise.all(clients.map((client) => client.got(2)))
  t.equal(onA?.datagrams[1]?.bytes.toString(), 'b2')
  t.equal(onB?.datagrams[1]?.bytes.toString(), 'b2')
})

t.test('an endpoint that refuses (ICMP) loses its flows at once and is deferred', async (t) => {
  const [a, b] = [await startUdpEcho(t, 'a'), await startUdpEcho(t, 'b')]
  const { port, over } = await startPlane(t, { protocol: 'UDP', endpoints: [a.port, b.port] })
  const clients = await Promise.all(Array.from({ length: 4 }, () => udpClient(t, port)))
  for (const client of clients) client.send('1')
  await Promise.all(clients.map((client) => client.got(1)))
  const onA = clients.filter((client) => client.datagrams[0]?.bytes.toString() === 'a1')
  t.equal(onA.length, 2)
  await a.close()
  onA[0]?.send('lost')
  t.match(await over(2), [{ reason: 'endpoint-refused' }, { reason: 'endpoint-refused' }])
  for (const client of onA) client.send('2')
  await Promise.all(onA.map((client) => client.got(2)))
  for (const client of onA) t.equal(client.datagrams[1]?.bytes.toString(), 'b2')
})

t.test(
  'a refusing endpoint is tried again after its interval, by one flow, and comes back when it answers',
  async (t) => {
    const [a, b] = [await startUdpEcho(t, 'a'), await startUdpEcho(t, 'b')]
    const { port, over, opened } = await startPlane(t, {
      protocol: 'UDP',
      endpoints: [a.port, b.port],
    })
    await a.close()
    const first = await udpClient(t, port)
    const second = await udpClient(t, port)
    first.send('1')
    second.send('1')
    await over(1)
    const again = await startUdpEcho(t, 'a', { port: a.port })
    await delay(1100) // the first interval
    const before = opened.length
    for (let i = 0; i < 8; i++) {
      const client = await udpClient(t, port)
      client.send('2')
      await client.got(1)
    }
    t.ok(again.datagrams.length >= 3, 'it has its share again')
    t.equal(opened.length, before + 8)
  },
)

t.test(
  'a one-way endpoint that was doubted is believed when it does not refuse for a while',
  async (t) => {
    const [sink, other] = [await openUdp(t), await openUdp(t)]
    const { port, over } = await startPlane(t, {
      protocol: 'UDP',
      endpoints: [sink.port, other.port],
    })
    await sink.close()
    for (let i = 0; i < 2; i++) (await udpClient(t, port)).send('refused or not')
    await over(1)
    const again = await openUdp(t, () => {}, { port: sink.port })
    await delay(1100)
    for (let i = 0; i < 4; i++) (await udpClient(t, port)).send('probe')
    await again.got(1)
    t.equal(again.datagrams.length, 1, 'one flow at a time while it is doubted')
    await delay(1200)
    for (let i = 0; i < 4; i++) (await udpClient(t, port)).send('trusted')
    await again.got(3)
  },
)

t.test('idle flows end, busy ones do not', async (t) => {
  const echo = await startUdpEcho(t)
  const { port, over, plane } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: [echo.port],
    options: { udpTimeoutMs: 300 },
  })
  const [busy, idle] = [await udpClient(t, port), await udpClient(t, port)]
  idle.send('once')
  let isOver = false
  const ended = over(1).then((infos) => {
    isOver = true
    return infos
  })
  for (let i = 0; !isOver; i++) {
    busy.send('on and on')
    await busy.got(i + 1)
    await delay(20)
  }
  t.match(await ended, [{ reason: 'idle', client: `127.0.0.1:${idle.port}` }])
  t.equal((await plane.connections()).length, 1)
  idle.send('again')
  await idle.got(2)
})

t.test('at the cap the flow idle for longest makes room', async (t) => {
  const echo = await startUdpEcho(t)
  const { port, over, counts } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: [echo.port],
    options: { maxUdpFlows: 3 },
  })
  const clients = await Promise.all([1, 2, 3].map(() => udpClient(t, port)))
  for (const client of clients) {
    client.send('x')
    await client.got(1)
  }
  clients[0]?.send('y') // now the second is idle for longest
  await clients[0]?.got(2)
  const fourth = await udpClient(t, port)
  fourth.send('x')
  await fourth.got(1)
  t.match(await over(1), [{ reason: 'evicted', client: `127.0.0.1:${clients[1]?.port}` }])
  t.match(await counts(), { open: 3, closed: { evicted: 1 } })
})

t.test(
  'without descriptors the flow idle for longest makes room; without any flow the datagram is dropped and counted',
  async (t) => {
    const echo = await startUdpEcho(t)
    const plane = await startPlane(t, {
      protocol: 'UDP',
      endpoints: [echo.port],
      options: { maxDescriptors: 2 },
    })
    const [first, second] = [await udpClient(t, plane.port), await udpClient(t, plane.port)]
    first.send('1')
    await first.got(1)
    second.send('2')
    await second.got(1)
    t.match(await plane.over(1), [{ reason: 'evicted', client: `127.0.0.1:${first.port}` }])

    const none = await startPlane(t, {
      protocol: 'UDP',
      endpoints: [echo.port],
      options: { maxDescriptors: 1 },
    })
    const third = await udpClient(t, none.port)
    third.send('3')
    while ((await none.counts()).failed.descriptors !== 1) await delay(5)
    t.match(await none.counts(), { opened: 1, open: 0, bytesFromClient: 1 })
  },
)

t.test('a slow answer still arrives', async (t) => {
  const slow = await openUdp(t, (bytes, from, socket) => {
    // v1.0 forgot the client after 250 ms.
    setTimeout(() => socket.send(bytes, from.port, from.address), 1000)
  })
  const { port } = await startPlane(t, { protocol: 'UDP', endpoints: [slow.port] })
  const client = await udpClient(t, port)
  client.send('patience')
  await client.got(1)
  t.equal(client.datagrams[0]?.bytes.toString(), 'patience')
})

t.test('a client with affinity keeps its endpoint from any port', async (t) => {
  const echoes = [await startUdpEcho(t, 'a'), await startUdpEcho(t, 'b')]
  const { port } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: echoes.map((echo) => echo.port),
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 100 },
  })
  const answers = new Set<string>()
  for (let i = 0; i < 6; i++) {
    const client = await udpClient(t, port)
    client.send('')
    await client.got(1)
    answers.add(client.datagrams[0]?.bytes.toString() ?? '')
  }
  t.equal(answers.size, 1)
})

t.test(
  'without endpoints, or with only ourselves as one, datagrams are dropped and counted',
  async (t) => {
    const { port, counts, closed, setEndpoints } = await startPlane(t, { protocol: 'UDP' })
    const client = await udpClient(t, port)
    client.send('x')
    while ((await counts()).failed['no-endpoint'] !== 1) await nextTurn()
    t.match(closed, [{ reason: 'no-endpoint' }], 'at once')
    await setEndpoints([port])
    client.send('x')
    while ((await counts()).failed.loop !== 1) await delay(5)
    t.match(await counts(), { opened: 2, open: 0 })
  },
)

t.test('IPv6 is carried like IPv4', async (t) => {
  const echo = await startUdpEcho(t, '', { address: '::1' })
  const { port } = await startPlane(t, { protocol: 'UDP', address: '::1', endpoints: [echo.port] })
  const client = await udpClient(t, port, '::1')
  client.send('six')
  await client.got(1)
  t.equal(client.datagrams[0]?.bytes.toString(), 'six')
})

t.test('an endpoint that cannot be dialled at all ends the flow with a reason', async (t) => {
  const { port, closed, counts } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: [{ key: '255.255.255.255:9', address: '255.255.255.255', port: 9 }],
  })
  const client = await udpClient(t, port)
  client.send('x') // broadcast without the right to: EACCES from connect
  while ((await counts()).failed['dial-failed'] !== 1) await nextTurn()
  t.match(closed, [{ reason: 'dial-failed', state: 'closed' }], 'at once')
})

t.test('flows end when their ServicePort goes, and at the end of the process', async (t) => {
  const echo = await startUdpEcho(t)
  const gone = await startPlane(t, { protocol: 'UDP', endpoints: [echo.port] })
  const client = await udpClient(t, gone.port)
  client.send('x')
  await client.got(1)
  await gone.plane.apply({ set: [], removed: [testKey] })
  t.match(await gone.over(1), [{ reason: 'listener-closed' }])
  t.same(await gone.plane.connections(), [])

  const { plane, port, closed } = await startPlane(t, { protocol: 'UDP', endpoints: [echo.port] })
  const other = await udpClient(t, port)
  other.send('x')
  await other.got(1)
  await plane.close({ graceMs: 60_000 })
  t.match(closed, [{ reason: 'listener-closed' }])
})

t.test(
  'a datagram that cannot be passed on is dropped and counted, and the flow goes on',
  async (t) => {
    // IPv6 carries 20 bytes more than IPv4: what fits on one side is too long for the other.
    const echo = await startUdpEcho(t)
    const toIPv4 = await startPlane(t, {
      protocol: 'UDP',
      address: '::1',
      endpoints: [endpointAt(echo.port)],
    })
    const client = await udpClient(t, toIPv4.port, '::1')
    client.send(Buffer.alloc(65_520))
    while ((await toIPv4.counts()).datagramsDropped !== 1) await delay(5)
    client.send('fits')
    await client.got(1)

    const talker = await openUdp(
      t,
      (_, from, socket) => socket.send(Buffer.alloc(65_520), from.port, from.address),
      {
        address: '::1',
      },
    )
    const fromIPv6 = await startPlane(t, {
      protocol: 'UDP',
      endpoints: [endpointAt(talker.port, '::1')],
    })
    const other = await udpClient(t, fromIPv6.port)
    other.send('x')
    while ((await fromIPv6.counts()).datagramsDropped !== 1) await delay(5)
    t.match(await fromIPv6.counts(), { open: 1, bytesFromEndpoint: 65_520 })
  },
)

/** 0 where it is not bound. */
function portOf(socket: Socket): number {
  try {
    return socket.address().port
  } catch {
    return 0
  }
}

// Faults that no client can order: the sockets of Node are made to have them.

t.test('a datagram from port 0, to which nobody can answer, is dropped', async (t) => {
  const echo = await startUdpEcho(t)
  const { port, counts } = await startPlane(t, { protocol: 'UDP', endpoints: [echo.port] })
  const handles = (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles()
  const listener = handles.find(
    (handle) =>
      handle instanceof Socket && handle.listenerCount('message') > 0 && portOf(handle) === port,
  )
  ;(listener as Socket).emit('message', Buffer.from('x'), { address: '127.0.0.1', port: 0 })
  t.match(await counts(), { opened: 0, open: 0, datagramsDropped: 1 })
})

t.test('a flow for which there is no descriptor fails alone', async (t) => {
  const echo = await startUdpEcho(t)
  const { port, counts, plane, over } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: [echo.port],
    options: { udpTimeoutMs: 500 },
  })
  const [a, b] = [await udpClient(t, port), await udpClient(t, port)]
  a.send('1')
  await a.got(1)
  const { bind } = Socket.prototype
  Socket.prototype.bind = function (this: Socket) {
    this.emit('error', Object.assign(new Error('bind EMFILE'), { code: 'EMFILE' }))
    return this
  }
  t.teardown(() => (Socket.prototype.bind = bind))
  b.send('1')
  t.match(await over(1), [{ reason: 'descriptors', client: `127.0.0.1:${b.port}` }])
  Socket.prototype.bind = bind
  t.equal((await plane.connections()).length, 1)
  a.send('2')
  b.send('2')
  await Promise.all([a.got(2), b.got(1)])
  t.match(await counts(), { opened: 3, open: 2, failed: { descriptors: 1 } })
  t.equal((await over(3)).filter(({ reason }) => reason === 'idle').length, 2)
})

t.test('a listener that cannot be bound holds no descriptor', async (t) => {
  const taken = await openUdp(t)
  const descriptors = (): number => readdirSync('/proc/self/fd').length
  const before = descriptors()
  const { plane } = await startPlane(t, { protocol: 'UDP' })
  await plane.apply({
    removed: [testKey],
    set: Array.from({ length: 20 }, (_, index) => ({
      key: `s${index}`,
      servicePort: 's',
      protocol: 'UDP',
      listen: [{ role: 'proxy-port', address: '127.0.0.1', ports: [taken.port] }],
      endpoints: [],
      sessionAffinity: { type: 'None' },
    })),
  })
  await delay(20)
  t.equal(descriptors(), before)
})

t.test('what a slow link does not take is dropped, not kept', async (t) => {
  const echo = await startUdpEcho(t)
  const { port, counts } = await startPlane(t, { protocol: 'UDP', endpoints: [echo.port] })
  const client = await udpClient(t, port)
  client.send('1')
  await client.got(1)
  const { getSendQueueSize } = Socket.prototype
  t.teardown(() => (Socket.prototype.getSendQueueSize = getSendQueueSize))
  const sizes = [2 ** 20, 0, 2 ** 20] // full towards the endpoint; then free, and full towards the client
  Socket.prototype.getSendQueueSize = () => sizes.shift() ?? 0
  client.send('2')
  while ((await counts()).datagramsDropped < 1) await delay(5)
  client.send('3')
  while ((await counts()).datagramsDropped < 2) await delay(5)
  client.send('4')
  await client.got(2)
  t.same(
    client.datagrams.map(({ bytes }) => bytes.toString()),
    ['1', '4'],
  )
})

t.test('a client that was pinned to an endpoint that cannot be dialled moves on', async (t) => {
  const echo = await startUdpEcho(t)
  const { port } = await startPlane(t, {
    protocol: 'UDP',
    // Broadcast without the right to: EACCES. Its key sorts after the other one, so both get a first turn.
    endpoints: [echo.port, { key: '255.255.255.255:9', address: '255.255.255.255', port: 9 }],
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 600 },
  })
  let answered = 0
  for (let i = 0; i < 4; i++) {
    const client = await udpClient(t, port)
    client.send('x')
    await Promise.race([client.got(1), delay(200)])
    answered += client.datagrams.length
  }
  t.ok(answered >= 3)
})

t.test('a datagram that gets no flow is told as a flow that never was', async (t) => {
  const { port, over, counts, plane } = await startPlane(t, { protocol: 'UDP' })
  const client = await udpClient(t, port)
  client.send('lost')
  t.match(await over(1), [
    {
      id: 1,
      servicePort: 'default/web:http',
      protocol: 'UDP',
      family: 'IPv4',
      client: `127.0.0.1:${client.port}`,
      entry: `127.0.0.1:${port}`,
      entryName: 'internal',
      endpoint: '',
      state: 'closed',
      attempts: 0,
      bytesFromClient: 4,
      reason: 'no-endpoint',
    },
  ])
  t.match(await counts(), { opened: 1, open: 0, datagramsFromClient: 1, bytesFromClient: 4 })
  t.strictSame(await plane.endpointCounts(), [])
})

t.test('where nobody watches, a datagram that gets no flow is counted and not told', async (t) => {
  const { port, counts, closed } = await startPlane(t, { protocol: 'UDP', watches: false })
  const client = await udpClient(t, port)
  client.send('lost')
  while ((await counts()).failed['no-endpoint'] !== 1) await delay(5)
  t.strictSame(closed, [])
})

t.test(
  'a late reply goes out from the listener it is for, and is dropped without it',
  async (t) => {
    const { port, plane, counts } = await startPlane(t, { protocol: 'UDP' })
    const client = await udpClient(t, port)
    const reply = {
      key: testKey,
      address: '127.0.0.1',
      clientAddress: '127.0.0.1',
      clientPort: client.port,
      datagram: Buffer.from('late'),
    }
    plane.replyLate({ ...reply, port })
    await client.got(1)
    t.match(client.datagrams, [{ bytes: Buffer.from('late'), from: { port } }])
    plane.replyLate({ ...reply, port: 0 })
    plane.replyLate({ ...reply, port, address: '127.0.0.2' })
    while ((await counts()).datagramsDropped !== 2) await delay(5)
    t.equal(client.datagrams.length, 1)
  },
)

t.test('flows are counted by endpoint, and so are the endpoints that refuse', async (t) => {
  const echo = await startUdpEcho(t)
  const { port, plane, counts, over } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: [echo.port],
  })
  const client = await udpClient(t, port)
  client.send('1')
  await client.got(1)
  const endpoint = `127.0.0.1:${echo.port}`
  const told = (open: number, failedDials: number) => [
    { key: testKey, endpoint, open, failedDials },
  ]
  t.strictSame(await plane.endpointCounts(), told(1, 0))
  t.match(await counts(), { datagramsFromClient: 1, datagramsFromEndpoint: 1 })
  await echo.close()
  client.send('2')
  await over(1)
  t.strictSame(await plane.endpointCounts(), told(0, 1))
})
