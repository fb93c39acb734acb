import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import { parseOptions } from '../../../lib/options.ts'
import type { DataPlane } from '../../../lib/relay/data-plane.ts'
import { InProcessDataPlane } from '../../../lib/relay/in-process-data-plane.ts'
import { endpointAt, proxySocketSpec, startPlane } from '../../fixtures/data-plane.ts'
import { testDataPlane } from '../../fixtures/data-plane-conformance.ts'
import { dial, exchange, refusingPort, startBackend, startNamed } from '../../fixtures/tcp.ts'

testDataPlane(t, { workers: 1 })

t.test('a scheduler of the user is asked', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  let made = 0
  const plane = new InProcessDataPlane({
    options: parseOptions(),
    events: {
      listener() {},
      connection() {},
      close() {},
      fault() {},
      watchesConnections: () => false,
    },
    loadBalancer: () => {
      made++
      return {
        pick: (endpoints) =>
          endpoints.find(({ port }) => port === b.port) ?? (endpoints[0] as never),
      }
    },
  })
  t.teardown(() => plane.close({ graceMs: 0 }))
  const endpoints = [endpointAt(a.port), endpointAt(b.port)].sort((x, y) =>
    x.key < y.key ? -1 : 1,
  )
  await plane.apply({ set: [proxySocketSpec('a', { endpoints })], removed: [] })
  const port = (await plane.stats())[0]?.listeners[0]?.port ?? 0
  for (let i = 0; i < 3; i++) t.equal((await exchange(t, port)).bytes.toString(), 'b')
  t.equal(made, 1)
})

t.test('a scheduler that throws costs no connection, also where nobody hears of it', async (t) => {
  const alive = await startNamed(t, 'alive')
  const plane = new InProcessDataPlane({
    options: parseOptions(),
    events: { listener() {}, connection() {}, close() {}, watchesConnections: () => false },
    loadBalancer: () => {
      throw new Error('no')
    },
  })
  t.teardown(() => plane.close({ graceMs: 0 }))
  await plane.apply({
    set: [proxySocketSpec('a', { endpoints: [endpointAt(alive.port)] })],
    removed: [],
  })
  const port = (await plane.stats())[0]?.listeners[0]?.port ?? 0
  t.equal((await exchange(t, port)).bytes.toString(), 'alive')
})

t.test('another one in its place goes on with counts, failed dials and pins', async (t) => {
  const events = { listener() {}, connection() {}, close() {}, watchesConnections: () => false }
  const start = () => {
    const plane = new InProcessDataPlane({ options: parseOptions(), events })
    t.teardown(() => plane.close({ graceMs: 0 }))
    return plane
  }
  const options = { address: '127.0.0.2' }
  const alive = await startBackend(t, (socket) => socket.end('alive'), options)
  const other = await startBackend(t, (socket) => socket.end('other'), options)
  // Comes first in the order of keys.
  const refusing = endpointAt(await refusingPort(t))
  const others = [alive, other].map(({ port }) => endpointAt(port, '127.0.0.2'))
  const endpoints = [refusing, ...others.toSorted((a, b) => (a.key < b.key ? -1 : 1))]
  const sessionAffinity = { type: 'ClientIP', timeoutSeconds: 100 } as const
  const spec = proxySocketSpec('shop/web:/TCP/IPv4', { endpoints, sessionAffinity })
  const external = { ...spec, key: `${spec.key}/external` }
  const former = start()
  await former.apply({ set: [spec, external, { ...spec, key: 'gone' }], removed: [] })
  const visit = async (plane: InProcessDataPlane, index: number) => {
    const port = (await plane.stats())[index]?.listeners[0]?.port ?? 0
    return (await exchange(t, port)).bytes.toString()
  }
  const met = [await visit(former, 0), await visit(former, 1), await visit(former, 2)]
  await former.apply({ set: [], removed: ['gone'] })
  const next = start()
  await next.apply({ set: [spec, external], removed: [] })
  next.inherit(structuredClone(former.legacy()))
  t.same((await next.totals()).counts, (await former.totals()).counts)
  t.match(await next.stats(), [{ counts: { opened: 2 } }, { counts: { opened: 0 } }])
  const failed = async (plane: InProcessDataPlane) =>
    (await plane.endpointCounts()).reduce((sum, { failedDials }) => sum + failedDials, 0)
  t.same([await failed(next), await failed(former)], [2, 2])
  t.same([await visit(next, 0), await visit(next, 1)], met.slice(0, 2))
})

t.test('lc sends a connection where the fewest are', async (t) => {
  const backends = [
    await startBackend(t, (socket) => socket.write('a')),
    await startBackend(t, (socket) => socket.write('b')),
  ]
  const { port, plane } = await startPlane(t, {
    endpoints: backends.map(({ port }) => port),
    options: { scheduler: 'lc' },
  })
  const clients: Socket[] = []
  for (let i = 0; i < 4; i++) {
    const client = await dial(t, port)
    await once(client, 'data')
    clients.push(client)
  }
  t.same(
    backends.map(({ sockets }) => sockets.length),
    [2, 2],
  )
  const [first, , third] = clients
  const endpointOf = async (client: Socket | undefined) =>
    (await plane.connections()).find((info) => info.client.endsWith(`:${client?.localPort}`))
      ?.endpoint
  const left = await endpointOf(first)
  t.equal(await endpointOf(third), left)
  first?.resetAndDestroy()
  third?.resetAndDestroy()
  await eventuallyOpen(plane, 2)
  for (let i = 0; i < 2; i++) await once(await dial(t, port), 'data')
  t.same(
    (await plane.endpointCounts()).map(({ open }) => open),
    [2, 2],
  )
})

async function eventuallyOpen(plane: DataPlane, open: number): Promise<void> {
  while ((await plane.connections()).length !== open)
    await new Promise((resolve) => setImmediate(resolve))
}
