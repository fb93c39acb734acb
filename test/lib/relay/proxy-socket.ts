/** What a proxy socket of either protocol does for clients of different addresses: real sockets, 127.0.0.1 and 127.0.0.2. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { endpointAt, startPlane } from '../../fixtures/data-plane.ts'
import type { Ending } from '../../fixtures/tcp.ts'
import { received, startBackend, startNamed } from '../../fixtures/tcp.ts'
import type { UdpPeer } from '../../fixtures/udp.ts'
import { openUdp, startUdpEcho } from '../../fixtures/udp.ts'

const [one, two] = ['127.0.0.1', '127.0.0.2'] as const

function dialFrom(t: Test, localAddress: string, port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  return socket
}

/** What a client of this address gets, who says nothing. */
function answerTo(t: Test, localAddress: string, port: number): Promise<Ending> {
  const socket = dialFrom(t, localAddress, port)
  socket.end()
  return received(socket)
}

async function nameFor(t: Test, localAddress: string, port: number): Promise<string> {
  const { bytes, how } = await answerTo(t, localAddress, port)
  return how === 'end' ? bytes.toString() : how
}

/** Sends a line and returns what comes back. */
async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  return String((await once(socket, 'data'))[0])
}

/** A client of this address, new to the proxy. */
async function udpFrom(t: Test, address: string, port: number) {
  const peer = await openUdp(t, () => {}, { address })
  const send = (text: string): Promise<void> =>
    new Promise((resolve, reject) =>
      peer.socket.send(text, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    )
  return { ...peer, send }
}

async function udpNameFor(t: Test, address: string, port: number): Promise<string> {
  const client = await udpFrom(t, address, port)
  await client.send('?')
  await client.got(1)
  return last(client)
}

function last({ datagrams }: UdpPeer): string {
  return datagrams.at(-1)?.bytes.toString() ?? ''
}

t.test('TCP: a client outside the source ranges is reset and counted', async (t) => {
  const backend = await startNamed(t, 'a')
  const { port, change, counts, opened } = await startPlane(t, { endpoints: [backend.port] })
  await change({ sourceRanges: [`${one}/32`, '192.0.2.0/24'] })
  t.match(await answerTo(t, two, port), { how: 'ECONNRESET' })
  t.equal(await nameFor(t, one, port), 'a')
  t.match(await counts(), { opened: 2, dialAttempts: 1, failed: { 'source-range': 1 } })
  t.equal(opened.length, 1)
  t.equal(backend.sockets.length, 1, 'no endpoint has heard of the other')
  await change({ sourceRanges: [] })
  t.match(await answerTo(t, one, port), { how: 'ECONNRESET' }, 'an empty list admits nobody')
  await change({ sourceRanges: undefined })
  t.equal(await nameFor(t, two, port), 'a')
})

t.test('UDP: what a client outside the source ranges sends is dropped and counted', async (t) => {
  const backend = await startUdpEcho(t, 'a')
  const { port, change, counts, plane } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: [backend.port],
  })
  await change({ sourceRanges: [`${one}/32`] })
  const client = await udpFrom(t, two, port)
  await client.send('x')
  await client.send('y')
  // Sent after them to the same socket: once it is answered they have been looked at.
  t.equal(await udpNameFor(t, one, port), 'a?')
  t.match(await counts(), { opened: 3, open: 1, dialAttempts: 1, failed: { 'source-range': 2 } })
  t.same(
    backend.datagrams.map(({ bytes }) => bytes.toString()),
    ['?'],
  )
  t.equal((await plane.connections()).length, 1)
  t.equal(client.datagrams.length, 0)
  await change({ sourceRanges: undefined })
  await client.send('z')
  await client.got(1)
  t.equal(last(client), 'az')
})

t.test('TCP: clients inside get other endpoints', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  const { port, change } = await startPlane(t, { endpoints: [a.port] })
  await change({ inside: { cidrs: [`${one}/32`], endpoints: [endpointAt(b.port)] } })
  t.equal(await nameFor(t, one, port), 'b')
  t.equal(await nameFor(t, two, port), 'a')
  await change({ inside: { cidrs: [`${one}/32`], endpoints: [] } })
  t.equal(await nameFor(t, one, port), 'ECONNRESET', 'none for them is none')
  t.equal(await nameFor(t, two, port), 'a')
})

t.test('UDP: clients inside get other endpoints', async (t) => {
  const [a, b] = [await startUdpEcho(t, 'a'), await startUdpEcho(t, 'b')]
  const { port, change } = await startPlane(t, { protocol: 'UDP', endpoints: [a.port] })
  await change({ inside: { cidrs: [`${one}/32`], endpoints: [endpointAt(b.port)] } })
  t.equal(await udpNameFor(t, one, port), 'b?')
  t.equal(await udpNameFor(t, two, port), 'a?')
})

t.test('TCP: affinity pins each client among the endpoints that are for it', async (t) => {
  const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((name) => startNamed(t, name)))
  const { port, change } = await startPlane(t, {
    endpoints: [a, b].map((backend) => backend?.port ?? 0),
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 600 },
  })
  const endpoints = [c, d].map((backend) => endpointAt(backend?.port ?? 0))
  const sorted = endpoints.sort((x, y) => (x.key < y.key ? -1 : 1))
  await change({ inside: { cidrs: [`${one}/32`], endpoints: sorted } })
  for (const [client, names] of [
    [one, ['c', 'd']],
    [two, ['a', 'b']],
  ] as const) {
    const first = await nameFor(t, client, port)
    t.ok(names.some((name) => name === first))
    for (let i = 0; i < 4; i++) t.equal(await nameFor(t, client, port), first)
  }
  // The same again, as any change of an endpoint tells it: no pin is lost.
  const first = await nameFor(t, one, port)
  await change({ inside: { cidrs: [`${one}/32`], endpoints: sorted } })
  t.equal(await nameFor(t, one, port), first)
})

t.test('UDP: affinity pins each client among the endpoints that are for it', async (t) => {
  const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((name) => startUdpEcho(t, name)))
  const { port, change } = await startPlane(t, {
    protocol: 'UDP',
    endpoints: [a, b].map((backend) => backend?.port ?? 0),
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 600 },
  })
  const endpoints = [c, d].map((backend) => endpointAt(backend?.port ?? 0))
  const sorted = endpoints.sort((x, y) => (x.key < y.key ? -1 : 1))
  await change({ inside: { cidrs: [`${one}/32`], endpoints: sorted } })
  for (const [client, names] of [
    [one, ['c?', 'd?']],
    [two, ['a?', 'b?']],
  ] as const) {
    const first = await udpNameFor(t, client, port)
    t.ok(names.some((name) => name === first))
    for (let i = 0; i < 4; i++) t.equal(await udpNameFor(t, client, port), first)
  }
})

t.test('TCP: a change of the ranges or of inside leaves open connections alone', async (t) => {
  const repeat = (socket: Socket): void => void socket.pipe(socket)
  const [a, b] = [await startBackend(t, repeat), await startBackend(t, repeat)]
  const { port, change, plane, closed } = await startPlane(t, { endpoints: [a.port] })
  const inside = { cidrs: [`${one}/32`], endpoints: [endpointAt(b.port)] }
  await change({ inside })
  const [fromOne, fromTwo] = [dialFrom(t, one, port), dialFrom(t, two, port)]
  t.equal(await echo(fromOne, '1'), '1')
  t.equal(await echo(fromTwo, '2'), '2')
  t.same([a.sockets.length, b.sockets.length], [1, 1])

  await change({ sourceRanges: [`${one}/32`], inside: { ...inside, cidrs: ['192.0.2.0/24'] } })
  t.equal(await nameFor(t, two, port), 'ECONNRESET')
  const again = dialFrom(t, one, port)
  t.equal(await echo(again, '3'), '3')
  t.same([a.sockets.length, b.sockets.length], [2, 1], 'it is inside no more')

  await change({ sourceRanges: [], inside: undefined })
  t.equal(await echo(fromOne, '4'), '4')
  t.equal(await echo(fromTwo, '5'), '5')
  t.same(
    (await plane.connections()).map(({ endpoint }) => endpoint),
    [b, a, a].map((backend) => `127.0.0.1:${backend.port}`),
  )
  t.match(closed, [{ state: 'closed', reason: 'source-range', attempts: 0, endpoint: '' }])
  t.equal(closed.length, 1, 'only the one that was turned away')
})

t.test('UDP: a change of the ranges or of inside leaves open flows alone', async (t) => {
  const [a, b] = [await startUdpEcho(t, 'a'), await startUdpEcho(t, 'b')]
  const { port, change, over } = await startPlane(t, { protocol: 'UDP', endpoints: [a.port] })
  const inside = { cidrs: [`${one}/32`], endpoints: [endpointAt(b.port)] }
  await change({ inside })
  const [fromOne, fromTwo] = [await udpFrom(t, one, port), await udpFrom(t, two, port)]
  await Promise.all([fromOne.send('1'), fromTwo.send('1')])
  await Promise.all([fromOne.got(1), fromTwo.got(1)])
  t.same([last(fromOne), last(fromTwo)], ['b1', 'a1'])

  await change({ sourceRanges: [`${one}/32`], inside: { ...inside, cidrs: ['192.0.2.0/24'] } })
  await Promise.all([fromOne.send('2'), fromTwo.send('2')])
  await Promise.all([fromOne.got(2), fromTwo.got(2)])
  t.same([last(fromOne), last(fromTwo)], ['b2', 'a2'], 'both flows go on')
  t.equal(await udpNameFor(t, one, port), 'a?', 'a new flow is for what is said now')

  await change({ inside: undefined })
  t.match(await over(1), [{ reason: 'endpoint-removed', endpoint: `127.0.0.1:${b.port}` }])
  await fromOne.send('3')
  await fromOne.got(3)
  t.equal(last(fromOne), 'a3', 'its endpoint is for nobody any more')
})
