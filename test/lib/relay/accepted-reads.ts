// Which Node this is decides what the test says; it has to say the truth on each.
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, Server } from 'node:net'
import t from 'tap'
import { AcceptedReads } from '../../../lib/relay/accepted-reads.ts'
import { dial } from '../../fixtures/tcp.ts'

t.test(
  'what was proven is so: an accepted socket reads into the buffers it is given',
  async (t) => {
    const memory = Buffer.alloc(8)
    const read: string[] = []
    const reads = new AcceptedReads({
      buffer: () => memory,
      callback: (length, buffer) => {
        read.push(Buffer.from(buffer.subarray(0, length)).toString())
        return true
      },
    })
    t.equal(reads.isProven, false)
    t.equal(await reads.test(), true, 'on every Node that is supported')
    t.equal(reads.isProven, true)
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true })
    t.teardown(() => server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const [client, [accepted]] = await Promise.all([
      dial(t, (server.address() as AddressInfo).port),
      once(server, 'connection') as Promise<[Socket]>,
    ])
    reads.begin(accepted)
    accepted.resume()
    client.end('twelve bytes')
    await once(accepted, 'end')
    t.same(read, ['twelve b', 'ytes'])
    accepted.destroy()
    reads.begin(accepted)
    t.pass('one that is closed already does no harm')
  },
)

t.test('where it does not work it is not used', async (t) => {
  const onread = { buffer: () => Buffer.alloc(8), callback: () => true }
  const symbols = t.capture(Object, 'getOwnPropertySymbols', () => [])
  const none = new AcceptedReads(onread)
  symbols.restore()
  t.equal(await none.test(), false, 'without the names')
  const foreign = t.capture(Object, 'getOwnPropertySymbols', () =>
    ['kBuffer', 'kBufferGen', 'kBufferCb'].map((name) => Symbol(name)),
  )
  const other = new AcceptedReads(onread)
  foreign.restore()
  t.equal(await other.test(), false, 'where the names mean nothing')
  const listens = t.capture(Server.prototype, 'listen', function (this: Server) {
    process.nextTick(() => this.emit('error', new Error('EMFILE')))
    return this
  })
  t.equal(await new AcceptedReads(onread).test(), false, 'without a port')
  listens.restore()
})
