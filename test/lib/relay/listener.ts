import { once } from 'node:events'
import { createServer } from 'node:net'
import { mock } from 'node:test'
import t from 'tap'
import type { ListenAddress } from '../../../lib/model/listen-address.ts'
import type { ListenerStatus } from '../../../lib/relay/data-plane.ts'
import { type Bind, Listener } from '../../../lib/relay/listener.ts'
import { PortAllocator } from '../../../lib/relay/port-allocator.ts'

interface FakeNet {
  readonly taken: Map<number, string>
  readonly open: Set<number>
  readonly tried: number[]
  lose: ((error: Error) => void) | undefined
  readonly bind: Bind
}

/** A network in which `taken` says which ports cannot be bound, and by which code. */
function fakeNet(taken: Record<number, string> = {}): FakeNet {
  const net: FakeNet = {
    taken: new Map(Object.entries(taken).map(([port, code]) => [Number(port), code])),
    open: new Set(),
    tried: [],
    lose: undefined,
    bind: async (_address, port, onLost) => {
      net.tried.push(port)
      const code = net.taken.get(port)
      if (code !== undefined) throw Object.assign(new Error(`bind ${code}`), { code })
      const bound = port === 0 ? 49_152 : port
      net.open.add(bound)
      net.lose = onLost
      return { port: bound, close: () => void net.open.delete(bound) }
    },
  }
  return net
}

function listenerOf(
  net: FakeNet,
  ports: readonly number[],
  range?: { first: number; last: number },
) {
  const statuses: ListenerStatus[] = []
  const allocator = new PortAllocator({ range, random: () => 0 })
  const wanted: ListenAddress = { role: 'proxy-port', address: '127.0.0.1', ports }
  const listener = new Listener({
    wanted,
    bind: net.bind,
    ports: allocator,
    random: () => 0,
    onChange: (status) => statuses.push(status),
  })
  return { listener, statuses, allocator }
}

t.test('binds the first port that is free and allowed', async (t) => {
  const net = fakeNet({ 80: 'EACCES', 8080: 'EADDRINUSE' })
  const { listener, statuses } = listenerOf(net, [80, 8080, 0])
  await listener.open()
  t.same(net.tried, [80, 8080, 0])
  t.same(statuses, [{ role: 'proxy-port', address: '127.0.0.1', port: 49_152, error: undefined }])
  listener.close()
  t.equal(net.open.size, 0)
})

t.test('says why it could not be bound, once, and tries again with growing pauses', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const net = fakeNet({ 80: 'EADDRINUSE' })
  const { listener, statuses } = listenerOf(net, [80])
  await listener.open()
  const tick = async (ms: number): Promise<void> => {
    mock.timers.tick(ms)
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  t.equal(listener.status.error, 'EADDRINUSE: 127.0.0.1:80 is taken by another process')
  await tick(249)
  t.equal(net.tried.length, 1)
  await tick(1)
  t.equal(net.tried.length, 2)
  t.equal(statuses.length, 1, 'the same reason is no news')
  net.taken.set(80, 'EACCES')
  await tick(500)
  t.match(statuses[1], {
    error: 'EACCES: 127.0.0.1:80 needs the right to bind ports below 1024 (CAP_NET_BIND_SERVICE)',
  })
  net.taken.clear()
  await tick(1000)
  t.match(statuses[2], { port: 80, error: undefined })
  listener.close()
})

t.test('an error without a sentence of ours is told as it is', async (t) => {
  const { listener } = listenerOf(fakeNet({ 80: 'EWEIRD' }), [80])
  await listener.open()
  t.equal(listener.status.error, 'bind EWEIRD')
  listener.close()
})

t.test('a socket that is lost is bound again', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const net = fakeNet()
  const { listener, statuses } = listenerOf(net, [80])
  await listener.open()
  const lose = net.lose
  lose?.(new Error('gone'))
  lose?.(new Error('told twice'))
  t.same(
    statuses.map(({ port, error }) => [port, error]),
    [
      [80, undefined],
      [0, 'gone'],
    ],
  )
  t.equal(net.open.size, 0)
  mock.timers.tick(250)
  for (let i = 0; i < 10; i++) await Promise.resolve()
  t.equal(listener.status.port, 80)
  listener.close()
})

t.test(
  'takes any port from the range, past those that others hold, and gives it back',
  async (t) => {
    const net = fakeNet({ 8000: 'EADDRINUSE' })
    const { listener, allocator } = listenerOf(net, [0], { first: 8000, last: 8002 })
    await listener.open()
    t.equal(listener.status.port, 8001)
    listener.close()
    t.same([allocator.take(), allocator.take(), allocator.take()], [8002, 8000, 8001])
  },
)

t.test('says so when the range is exhausted', async (t) => {
  const net = fakeNet({ 8000: 'EADDRINUSE' })
  const { listener } = listenerOf(net, [0], { first: 8000, last: 8000 })
  await listener.open()
  t.equal(listener.status.error, 'no free port for 127.0.0.1; a larger proxy port range would help')
  listener.close()
  const second = listenerOf(fakeNet(), [0], { first: 8000, last: 8000 })
  second.allocator.take()
  await second.listener.open()
  t.match(second.listener.status.error, /no free port/)
  second.listener.close()
})

t.test('another fault than a taken port ends the search in the range', async (t) => {
  const net = fakeNet({ 8000: 'EADDRNOTAVAIL' })
  const { listener } = listenerOf(net, [0], { first: 8000, last: 8999 })
  await listener.open()
  t.same(net.tried, [8000])
  t.equal(listener.status.error, 'EADDRNOTAVAIL: 127.0.0.1:0 is not an address of this machine')
  listener.close()
})

t.test(
  'closed while it was being bound, it holds nothing; and it is not tried again',
  async (t) => {
    const net = fakeNet()
    const { listener, statuses } = listenerOf(net, [80])
    const opening = listener.open()
    listener.close()
    await opening
    t.equal(net.open.size, 0)
    const failing = listenerOf(fakeNet({ 80: 'EACCES' }), [80])
    const failed = failing.listener.open()
    failing.listener.close()
    await failed
    t.same([statuses, failing.statuses], [[], []])
  },
)

t.test('with real sockets: the port is bound, and free again after close', async (t) => {
  const bind: Bind = async (address, port) => {
    const server = createServer().listen(port, address)
    await once(server, 'listening')
    return { port: (server.address() as { port: number }).port, close: () => server.close() }
  }
  const { listener } = listenerOf({ ...fakeNet(), bind }, [0])
  await listener.open()
  t.ok(listener.status.port > 0)
  listener.close()
})
