import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import type { Target } from '../../../lib/lab/lab-client.ts'
import { LabClient } from '../../../lib/lab/lab-client.ts'
import type { PodServer } from '../../../lib/lab/pod-server.ts'
import { startPodServer } from '../../../lib/lab/pod-server.ts'

const address = '127.0.0.1'

async function startPod(t: Test): Promise<PodServer & { readonly target: Target }> {
  const pod = await startPodServer({ name: 'pod-1', address, port: 0 })
  t.teardown(() => pod.close())
  return { ...pod, target: { address, port: pod.port } }
}

function openClient(t: Test): LabClient {
  const client = new LabClient()
  t.teardown(() => client.close())
  return client
}

function three<Value>(value: Value): Value[] {
  return [value, value, value]
}

/** A server that does with each connection what it likes. */
async function startServer(t: Test, onConnection: (socket: Socket) => void): Promise<Target> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onConnection(socket)
  }).listen(0, address)
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  return { address, port: (server.address() as AddressInfo).port }
}

t.test('requests: who answered, whom it saw, and from which port', async (t) => {
  const { target } = await startPod(t)
  const client = openClient(t)
  for (const protocol of ['TCP', 'UDP'] as const) {
    const replies = await client.request({ target, count: 3, protocol })
    t.match(replies, three({ outcome: 'ok', pod: 'pod-1', seenClient: address }))
    t.equal(new Set(replies.map(({ localPort }) => localPort)).size, 3, 'each a connection')
    t.ok(replies.every(({ durationMs }) => durationMs > 0))
  }
  const many = await client.request({ target, count: 20, concurrency: 8 })
  t.equal(many.filter(({ outcome }) => outcome === 'ok').length, 20)
})

t.test('nobody listens: refused', async (t) => {
  const pod = await startPod(t)
  await pod.close()
  const client = openClient(t)
  for (const protocol of ['TCP', 'UDP'] as const) {
    const [reply] = await client.request({ target: pod.target, protocol })
    t.match(reply, { outcome: 'refused', pod: '', seenClient: '' })
  }
})

t.test(
  'accepted and reset is refused, silence is a timeout, an end without a word is closed',
  async (t) => {
    const client = openClient(t)
    for (const [outcome, onConnection] of [
      ['refused', (socket: Socket) => socket.resetAndDestroy()],
      ['timeout', () => {}],
      ['closed', (socket: Socket) => socket.end()],
    ] as const) {
      const target = await startServer(t, onConnection)
      const [reply] = await client.request({ target, timeoutMs: outcome === 'timeout' ? 30 : 5000 })
      t.equal(reply?.outcome, outcome)
    }
  },
)

t.test('a stranger who answers is nobody', async (t) => {
  const target = await startServer(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
  })
  t.match(await openClient(t).request({ target }), [{ outcome: 'ok', pod: '', seenClient: '' }])
})

t.test('an answer in pieces is one answer', async (t) => {
  const target = await startServer(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\npod-1 se')
      // Long enough for the first piece to be read alone; it is one answer either way.
      setTimeout(() => socket.write('es 192.0.2.17\n'), 20)
    })
  })
  t.match(await openClient(t).request({ target }), [{ pod: 'pod-1', seenClient: '192.0.2.17' }])
})

t.test('a connection that is held stays, and its end is not mended', async (t) => {
  const pod = await startPod(t)
  const client = openClient(t)
  const id = client.hold({ target: pod.target })
  const replies = await client.ask(id, 3)
  t.match(replies, three({ outcome: 'ok', pod: 'pod-1' }))
  t.equal(new Set(replies.map(({ localPort }) => localPort)).size, 1)
  await pod.close()
  t.match(await client.ask(id), [{ outcome: 'closed', pod: '' }])
  const again = await startPodServer({ name: 'pod-1', address, port: pod.port })
  t.teardown(() => again.close())
  t.match(await client.ask(id), [{ outcome: 'closed' }], 'a new process does not know it')
})

t.test('over UDP it is the same socket, which goes on where there is somebody again', async (t) => {
  const pod = await startPod(t)
  const client = openClient(t)
  const id = client.hold({ target: pod.target, protocol: 'UDP' })
  const [first] = await client.ask(id)
  await pod.close()
  t.match(await client.ask(id), [{ outcome: 'refused' }])
  const again = await startPodServer({ name: 'pod-3', address, port: pod.port })
  t.teardown(() => again.close())
  t.match(await client.ask(id), [{ outcome: 'ok', pod: 'pod-3', localPort: first?.localPort }])
})

t.test('who is not answered in time is not answered later', async (t) => {
  const client = openClient(t)
  const sockets: Socket[] = []
  const target = await startServer(t, (socket) => sockets.push(socket))
  const id = client.hold({ target })
  t.match(await client.ask(id, 1, 30), [{ outcome: 'timeout' }])
  sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  t.match(await client.ask(id), [{ outcome: 'closed' }])
})

t.test('over UDP silence is a timeout', async (t) => {
  const silent = createSocket('udp4').bind(0, address)
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const target = { address, port: silent.address().port }
  const client = openClient(t)
  t.match(await client.request({ target, protocol: 'UDP', timeoutMs: 30 }), [
    { outcome: 'timeout' },
  ])
})

t.test('what this machine cannot send is no outcome', async (t) => {
  const client = openClient(t)
  const localAddress = '192.0.2.1'
  for (const protocol of ['TCP', 'UDP'] as const) {
    const asked = client.request({ target: { address, port: 9 }, protocol, localAddress })
    await t.rejects(asked, { code: 'ERR_LAB', message: /could not ask: .*EADDRNOTAVAIL/ })
  }
  // What is sent from loopback does not leave the machine.
  const target = { address: '192.0.2.1', port: 9 }
  const asked = client.request({ target, protocol: 'UDP', localAddress: address })
  await t.rejects(asked, { code: 'ERR_LAB', message: /could not ask/ })
})

t.test('the end of the client ends what it asks', async (t) => {
  const client = new LabClient()
  let connected = () => {}
  const connection = new Promise<void>((resolve) => (connected = resolve))
  const target = await startServer(t, () => connected())
  const asked = client.request({ target, timeoutMs: 60_000 })
  const silent = createSocket('udp4').bind(0, address)
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const quiet = { address, port: silent.address().port }
  const overUdp = client.request({ target: quiet, protocol: 'UDP', timeoutMs: 60_000 })
  const held = client.hold({ target: quiet, protocol: 'UDP' })
  const asks = client.ask(held, 2, 60_000)
  await connection
  client.close()
  t.match(await asked, [{ outcome: 'closed' }])
  t.match(await asks, [{ outcome: /closed|refused/ }, { outcome: 'closed' }])
  t.match(await overUdp, [{ outcome: 'closed' }])
  await t.rejects(client.ask(held), { code: 'ERR_LAB' })
})

t.test('what is released is not held any more; what never was is no fault', async (t) => {
  const { target } = await startPod(t)
  const client = openClient(t)
  const id = client.hold({ target, protocol: 'UDP' })
  client.release(id)
  client.release(id)
  await t.rejects(client.ask(id), { code: 'ERR_LAB', message: `connection ${id} is not held` })
})
