// A process that may open 256 descriptors meets 400 clients.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { serve } from '../fixtures/data-plane.ts'
import { startRelayProcess } from '../fixtures/relay-process.ts'
import { received, startBackend } from '../fixtures/tcp.ts'

t.test(
  'out of descriptors: what is established goes on, what is refused is counted, nobody is blamed',
  async (t) => {
    const backends = [
      await startBackend(t, (socket) => socket.pipe(socket)),
      await startBackend(t, (socket) => socket.pipe(socket)),
    ]
    const relay = await startRelayProcess(t, { descriptorLimit: 256 })
    const port = await serve(
      relay,
      backends.map(({ port }) => port),
    )
    const clients = Array.from({ length: 400 }, () => connect({ port, host: '127.0.0.1' }))
    t.teardown(() => clients.forEach((client) => client.destroy()))
    const fates = await Promise.all(
      clients.map(async (client) => {
        const ending = received(client)
        client.write('x')
        const heard = new Promise<'served'>((resolve) =>
          client.once('data', () => resolve('served')),
        )
        return Promise.race([heard, ending.then(({ how }) => how)])
      }),
    )
    const served = clients.filter((_, index) => fates[index] === 'served')
    const refused = fates.filter((fate) => fate !== 'served')
    t.comment(`${served.length} served, ${refused.length} refused`)
    t.ok(served.length >= 80 && served.length < 128)
    t.ok(refused.every((fate) => fate === 'ECONNRESET'))
    const { counts } = (await relay.state()).sockets[0] ?? {}
    t.match(counts, { opened: 400, open: served.length, failed: { descriptors: refused.length } })
    t.equal(
      counts?.dialAttempts,
      served.length,
      'no endpoint was dialled in vain, so none was blamed',
    )

    for (const client of served) {
      client.write('y')
      t.equal(String((await once(client, 'data'))[0]), 'y')
    }
    for (const client of served.slice(0, 50)) client.end()
    await Promise.all(
      served.slice(0, 50).map(async (client) => client.closed || once(client, 'close')),
    )
    // Back to normal: as many as were released are served again. A look every 20 ms, and no absolute time on a busy machine.
    for (
      let i = 0;
      i < 50 && ((await relay.state()).sockets[0]?.counts.open ?? 0) > served.length - 50;
      i++
    )
      await delay(20)
    const again = Array.from({ length: 50 }, () => connect({ port, host: '127.0.0.1' }))
    t.teardown(() => again.forEach((client) => client.destroy()))
    const began = performance.now()
    await Promise.all(
      again.map((client) => {
        client.write('z')
        return once(client, 'data')
      }),
    )
    t.comment(`served again after ${Math.round(performance.now() - began)} ms`)
    t.equal(relay.child.exitCode, null)
  },
)
