// Bulk through a relay in its own process: nothing lost, and memory bounded.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { serve } from '../fixtures/data-plane.ts'
import { startRelayProcess } from '../fixtures/relay-process.ts'
import { dial, startBackend } from '../fixtures/tcp.ts'

const GiB = 2 ** 30
const block = randomBytes(1_000_003) // a length that fits no buffer

/** Sends so many bytes, salted by `first`, obeying back-pressure, then ends. Returns their SHA-256. */
async function sendAll(socket: Socket, first: number, total: number): Promise<string> {
  const hash = createHash('sha256')
  for (let sent = 0; sent < total;) {
    const start = (first + sent) % 1000
    const chunk = block.subarray(start, start + Math.min(block.length - start, total - sent))
    hash.update(chunk)
    sent += chunk.length
    if (!socket.write(chunk)) await once(socket, 'drain')
  }
  socket.end()
  return hash.digest('hex')
}

function receiveAll(socket: Socket): Promise<{ digest: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    hash.update(chunk)
    bytes += chunk.length
  })
  socket.resume()
  return new Promise((resolve, reject) => {
    socket.on('end', () => resolve({ digest: hash.digest('hex'), bytes }))
    socket.on('error', reject)
  })
}

t.test('1 GiB each way at once arrives intact', async (t) => {
  const backend = await startBackend(t)
  const relay = await startRelayProcess(t)
  const port = await serve(relay, [backend.port])
  const client = await dial(t, port)
  const inner = await backend.accepted(0)
  const [up, down, atEndpoint, atClient] = await Promise.all([
    sendAll(client, 1, GiB),
    sendAll(inner, 500, GiB),
    receiveAll(inner),
    receiveAll(client),
  ])
  t.same(atEndpoint, { digest: up, bytes: GiB })
  t.same(atClient, { digest: down, bytes: GiB })
  const { sockets } = await relay.state()
  t.match(sockets[0]?.counts, {
    bytesFromClient: GiB,
    bytesFromEndpoint: GiB,
    closed: { ended: 1 },
  })
})

for (const direction of ['client', 'endpoint'] as const) {
  t.test(
    `a ${direction} that reads nothing for 30 s while 1 GiB waits costs less than 32 MiB, and no byte`,
    async (t) => {
      const backend = await startBackend(t, (socket) => socket.pause())
      const relay = await startRelayProcess(t)
      const port = await serve(relay, [backend.port])
      const client = (await dial(t, port)).pause()
      const inner = await backend.accepted(0)
      const before = (await relay.state()).rssBytes
      const [reader, writer] = direction === 'client' ? [client, inner] : [inner, client]
      const sending = sendAll(writer, 7, GiB)
      let most = 0
      for (let second = 0; second < 30; second++) {
        await delay(1000)
        most = Math.max(most, (await relay.state()).rssBytes - before)
      }
      t.comment(`RSS grew by ${(most / 2 ** 20).toFixed(1)} MiB`)
      t.ok(most < 32 * 2 ** 20)
      const got = await receiveAll(reader)
      t.same(got, { digest: await sending, bytes: GiB })
    },
  )
}
