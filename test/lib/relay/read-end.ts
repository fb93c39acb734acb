// A reset is told from an end, on a libuv that guesses and on one that does not: with real sockets, then what no kernel
// does to order with fakes.
import { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { readEnd } from '../../../lib/relay/read-end.ts'
import { dial, startBackend } from '../../fixtures/tcp.ts'

const bytes = Buffer.alloc(20_000, 1)

/** What a socket emits from now on; of 'data' its length. */
function emitted(socket: Socket): Promise<(string | number)[]> {
  const events: (string | number)[] = []
  let length = 0
  socket.on('data', (chunk: Buffer) => (length += chunk.length))
  socket.on('end', () => events.push(length, 'end'))
  socket.on('error', (error: NodeJS.ErrnoException) => events.push(length, error.code as string))
  return new Promise((resolve) => socket.on('close', () => resolve(events)))
}

for (const libuv of [process.versions.uv, '1.51.0']) {
  t.test(`bytes and a reset in one turn are a reset (as on libuv ${libuv})`, async (t) => {
    const backend = await startBackend(t)
    const socket = await dial(t, backend.port)
    readEnd(socket, libuv)
    const events = emitted(socket)
    const inner = await backend.accepted(0)
    inner.write(bytes)
    inner.resetAndDestroy()
    t.same(await events, [bytes.length, 'ECONNRESET'])
  })

  t.test(`bytes and an end are one end (as on libuv ${libuv})`, async (t) => {
    for (const endsFirst of [false, true]) {
      const backend = await startBackend(t)
      const socket = await dial(t, backend.port)
      readEnd(socket, libuv)
      const events = emitted(socket)
      const inner = await backend.accepted(0)
      if (endsFirst) {
        // Both directions have ended when the bytes are read: a hang-up that is no reset.
        const atBackend = new Promise((resolve) => inner.resume().on('end', resolve))
        socket.end()
        await atBackend
        inner.end(bytes)
      } else {
        inner.end(bytes)
        socket.on('end', () => socket.end())
      }
      t.same(await events, [bytes.length, 'end'])
    }
  })
}

/** A socket over a handle of the test's: what is pushed is what libuv reports. */
function socketOver(handle: { bytesRead: number; readStart(): number }): Socket {
  const socket = new Socket({ allowHalfOpen: true })
  return Object.assign(socket, { _handle: Object.assign(handle, { reading: true }) }).resume()
}

/** In the turn after: 'end' is emitted at the end of the one in which it was reported. */
async function hasEnded(socket: Socket): Promise<boolean> {
  await nextTurn()
  return socket.readableEnded
}

t.test('an end after bytes is asked for again, until none came between two', async (t) => {
  let asked = 0
  const handle = {
    bytesRead: 10,
    readStart: () => {
      asked++
      return 0
    },
  }
  const socket = socketOver(handle)
  readEnd(socket, '1.51.0')
  socket.push(null)
  handle.bytesRead = 20 // the kernel had more
  socket.push(null)
  t.same([asked, await hasEnded(socket)], [2, false])
  socket.push(null)
  t.same([asked, await hasEnded(socket)], [2, true])
})

t.test('an end after which nothing can be read is believed', async (t) => {
  const ENOTCONN = -4053 // of Windows, where libuv does not guess
  const socket = socketOver({ bytesRead: 10, readStart: () => ENOTCONN })
  readEnd(socket, '1.51.0')
  socket.push(null)
  t.ok(await hasEnded(socket))
})

t.test('it is libuv before 1.52.0 that guesses', async (t) => {
  const guessing = ['1.0.0', '1.9.1', '1.49.2', '1.50.0', '1.51.0']
  const asking = ['1.52.0', '1.52.1', '1.60.0', '1.100.0', '2.0.0']
  for (const libuv of [...guessing, ...asking]) {
    const socket = socketOver({ bytesRead: 10, readStart: () => 0 })
    readEnd(socket, libuv)
    socket.push(null)
    t.equal(await hasEnded(socket), asking.includes(libuv), libuv)
  }
})
