// Many connections through a relay in its own process: what one costs while it is idle, and what is left afterwards.
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { serve } from '../fixtures/data-plane.ts'
import { type RelayProcess, startRelayProcess } from '../fixtures/relay-process.ts'
import { startBackend } from '../fixtures/tcp.ts'

/** Looks again until what is open has ended; the kernel and the event loop need a moment, not a fixed time. */
async function settled(relay: RelayProcess): ReturnType<RelayProcess['state']> {
  for (;;) {
    const state = await relay.state()
    if (state.sockets.every(({ counts }) => counts.open === 0)) return relay.state()
    await delay(50)
  }
}

/** One connection: says something, hears it back, ends. */
async function echoOnce(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.end('hello')
  let answer = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) answer += chunk.toString()
  if (answer !== 'hello') throw new Error(`got ${JSON.stringify(answer)}`)
}

t.test('5,000 idle connections cost at most 80 MiB over the idle process', async (t) => {
  const backend = await startBackend(t, (socket) => socket.pipe(socket))
  const relay = await startRelayProcess(t)
  const port = await serve(relay, [backend.port])
  for (let i = 0; i < 50; i++) await echoOnce(port) // warm: code that runs first is compiled and loaded
  const before = await settled(relay)
  const clients: Socket[] = []
  t.teardown(() => clients.forEach((client) => client.destroy()))
  for (let i = 0; i < 5000; i++) {
    const client = connect({ port, host: '127.0.0.1' })
    clients.push(client)
    await once(client, 'connect')
    client.write('x') // each has carried something, as real idle connections have
    await once(client, 'data')
  }
  const after = await relay.state()
  t.equal(after.sockets[0]?.counts.open, 5000)
  const cost = after.rssBytes - before.rssBytes
  t.comment(`${(cost / 2 ** 20).toFixed(1)} MiB, ${(cost / 5000 / 1024).toFixed(1)} KiB each`)
  t.ok(cost <= 80 * 2 ** 20)
  t.equal(after.connectionObjects, 5000)
})

t.test('after 20,000 connections no descriptor, timer or object is left', async (t) => {
  const backend = await startBackend(t, (socket) => socket.pipe(socket))
  const relay = await startRelayProcess(t)
  const port = await serve(relay, [backend.port])
  for (let i = 0; i < 50; i++) await echoOnce(port)
  const before = await settled(relay)
  let left = 20_000
  const client = async (): Promise<void> => {
    while (left-- > 0) await echoOnce(port)
  }
  await Promise.all(Array.from({ length: 50 }, client))
  await delay(300) // longer than the first dial timeout: its one timer ends by itself
  const after = await settled(relay)
  t.match(after.sockets[0]?.counts, {
    opened: 20_050,
    open: 0,
    closed: { ended: 20_050 },
    failed: {},
  })
  t.equal(after.descriptors, before.descriptors)
  t.equal(after.connectionObjects, 0)
  t.same(
    after.resources,
    before.resources.filter((name) => name !== 'Timeout'),
  )
})
