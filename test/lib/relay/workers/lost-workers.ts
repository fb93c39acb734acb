import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { ProxySocketCounts, ProxySocketSpec } from '../../../../lib/relay/data-plane.ts'
import { entryOwner } from '../../../../lib/relay/workers/entry-owner.ts'
import { endpointsAt, proxySocketSpec } from '../../../fixtures/data-plane.ts'
import {
  dial,
  exchange,
  received,
  refusingPort,
  said,
  startBackend,
  startEcho,
  startNamed,
} from '../../../fixtures/tcp.ts'
import { eventually } from '../../../fixtures/eventually.ts'
import { openUdp } from '../../../fixtures/udp.ts'
import { clientIP, startWorkers } from '../../../fixtures/workers.ts'

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count = 0) => sum + count, 0)
}

function addsUp({ opened, open, failed, closed }: ProxySocketCounts): boolean {
  return opened === open + sum(failed) + sum(closed)
}

for (const how of ['fail', 'kill'] as const) {
  t.test(
    `a thread that is lost (${how}) is replaced, and only its connections are lost`,
    async (t) => {
      const workers = startWorkers(t)
      const { plane, portOf } = workers
      workers.watches = true
      const echo = await startEcho(t)
      const endpoints = endpointsAt([echo.port])
      const keys = ['web', 'one', 'two', 'three', 'four']
      const set = keys.map((key) =>
        proxySocketSpec(key, { endpoints, ...(key !== 'web' && { sessionAffinity: clientIP }) }),
      )
      await plane.apply({ set, removed: [] })
      const ports = await Promise.all(keys.map(portOf))
      const clients: Socket[] = []
      for (const port of [...Array.from({ length: 20 }, () => ports[0] as number), ...ports]) {
        clients.push(await dial(t, port))
      }
      for (const client of clients) t.equal(await said(client, 'before'), 'before')
      const statuses = async () => (await plane.stats()).map(({ listeners }) => listeners)
      const before = await statuses()
      await Promise.all([workers.reported(0), workers.reported(1)])
      const mine = (await plane.connections()).length
      t.equal(mine, clients.length)

      await workers[how](0)
      // Of both ends: the kernel gives a client's port again for another destination.
      const open = new Set(
        (await plane.connections()).map(({ client, entry }) => `${client} ${entry}`),
      )
      const { counts, descriptors } = await plane.totals()
      const gone = clients.length - open.size
      t.ok(gone > 0 && open.size > 0, `${gone} are lost, ${open.size} are not`)
      t.match(counts, { opened: clients.length, open: open.size, closed: { 'worker-lost': gone } })
      t.ok(addsUp(counts))
      t.match(workers.lost, [{ worker: 0, open: gone }])
      t.same(
        workers.closed.map(({ reason, state }) => `${state} ${reason}`),
        Array.from({ length: gone }, () => 'closed worker-lost'),
      )
      t.equal(descriptors.used, 2 + 4 + 2 * open.size, 'listeners, and what is open')
      t.strictSame(await statuses(), before, 'all listen where they did')
      t.equal(plane.lostWorkers, 0)
      for (const client of clients) {
        const place = `127.0.0.1:${client.localPort} 127.0.0.1:${client.remotePort}`
        if (open.has(place)) t.equal(await said(client, 'after'), 'after')
      }
      for (const port of ports) {
        const client = await dial(t, port)
        t.equal(await said(client, 'new'), 'new')
      }
      const after = (await plane.totals()).counts
      t.match(after, { opened: clients.length + ports.length, open: open.size + ports.length })
      t.equal(after.bytesFromClient, 6 * clients.length + 5 * open.size + 3 * ports.length)
      const ids = [...workers.connections].map(({ id }) => id)
      t.equal(new Set(ids).size, clients.length + ports.length, 'no id twice')
    },
  )
}

t.test('the pins and the failed dials of a lost thread are known to the next one', async (t) => {
  const workers = startWorkers(t)
  const { plane, portOf } = workers
  const backends = [await startNamed(t, 'a'), await startNamed(t, 'b'), await startNamed(t, 'c')]
  const refusing = await refusingPort(t)
  const endpoints = endpointsAt([...backends.map(({ port }) => port), refusing])
  const keys = ['one', 'two', 'three', 'four']
  const set = keys.map((key) => proxySocketSpec(key, { endpoints, sessionAffinity: clientIP }))
  await plane.apply({ set, removed: [] })
  const visit = async (port: number, n: number): Promise<string> => {
    const client = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${n}` })
    return (await received(client)).bytes.toString()
  }
  const met = async (): Promise<string[]> => {
    const names: string[] = []
    for (const key of keys) {
      const port = await portOf(key)
      for (const n of [2, 3, 4, 5, 6]) names.push(await visit(port, n))
    }
    return names
  }
  const before = await met()
  const failed = async () =>
    (await plane.endpointCounts())
      .filter(({ failedDials }) => failedDials > 0)
      .map(({ key, failedDials }) => `${key} ${failedDials}`)
      .toSorted()
  const failedBefore = await failed()
  t.ok(failedBefore.length > 0)
  await workers.fail(0)
  t.strictSame(await failed(), failedBefore)
  await workers.fail(1)
  t.strictSame(await met(), before)
})

t.test(
  'while a thread is away its counts stay, and what it alone served is not served',
  async (t) => {
    const workers = startWorkers(t, { pauseMs: 1e6 })
    const { plane, portOf } = workers
    const alive = await startNamed(t, 'alive')
    const endpoints = endpointsAt([alive.port])
    const keys = ['web', 'one', 'two', 'three', 'four']
    const set = keys.map((key) =>
      proxySocketSpec(key, { endpoints, ...(key !== 'web' && { sessionAffinity: clientIP }) }),
    )
    await plane.apply({ set, removed: [] })
    for (const key of keys) await exchange(t, await portOf(key))
    // A client sees its end before its connection is over.
    while ((await plane.totals()).counts.open > 0) await delay(5)
    const [stats, totals] = [await plane.stats(), await plane.totals()]
    await workers.away(0)
    t.equal(plane.lostWorkers, 1)
    t.match(workers.lost, [{ worker: 0, open: 0, message: /not a function/ }])
    t.same(
      (await plane.stats()).map(({ key, counts }) => [key, counts]),
      stats.map(({ key, counts }) => [key, counts]),
    )
    t.same((await plane.totals()).counts, totals.counts)
    t.same(await plane.connections(), [])
    t.same(await plane.endpointCounts(), [])
    const views = await Promise.all(keys.map((key) => plane.explain(key, '')))
    t.ok(views.includes(undefined) && views[0] !== undefined)
    const late = ['five', 'six', 'seven', 'eight', 'nine'].map((key) =>
      proxySocketSpec(key, { protocol: 'UDP' }),
    )
    await plane.apply({ set: late, removed: [] })
    const isLost = (index: number) => late.filter((spec) => entryOwner(spec, 2) === index).length
    t.ok(isLost(0) > 0 && isLost(1) > 0)
    t.same(
      workers.errors,
      Array.from({ length: isLost(0) }, () => 'its worker thread was lost, and is replaced'),
    )
    for (let i = 0; i < 4; i++) t.match(await exchange(t, await portOf('web')), { how: 'end' })
  },
)

t.test('pins of a thread that is away are handed over too', async (t) => {
  const workers = startWorkers(t, { pauseMs: 1e6 })
  const { plane, portOf } = workers
  const alive = await startNamed(t, 'alive')
  const endpoints = endpointsAt([alive.port])
  const keys = ['one', 'two', 'three', 'four', 'five']
  const set = keys.map((key) => proxySocketSpec(key, { endpoints, sessionAffinity: clientIP }))
  await plane.apply({ set, removed: [] })
  for (const key of keys) await exchange(t, await portOf(key))
  await workers.away(0)
  const pins = await plane.handOver(() => {})
  t.same(new Set(pins.map(({ key }) => key)), new Set(keys))
})

t.jobs = 2
for (const protocol of ['TCP', 'UDP'] as const) {
  t.test(
    `${protocol}: a port that was taken while a thread was away is told, and had again`,
    { buffered: true },
    async (t) => {
      const workers = startWorkers(t, { pauseMs: 500 })
      const { plane, portOf, errors } = workers
      const keys = ['one', 'two', 'three', 'four', 'five']
      const specs = keys.map((key) => proxySocketSpec(key, { protocol, sessionAffinity: clientIP }))
      const spec = specs.find((spec) => entryOwner(spec, 2) === 0) as ProxySocketSpec
      await plane.apply({ set: [spec], removed: [] })
      const port = await portOf(spec.key)
      const listen = [{ role: 'proxy-port', address: '127.0.0.1', ports: [port] }] as const
      await plane.apply({ set: [{ ...spec, listen }], removed: [] })
      t.equal(await portOf(spec.key), port)
      await workers.away(0)
      const other = protocol === 'TCP' ? await taker(t, port) : await openUdp(t, () => {}, { port })
      await eventually(() => errors.length > 0)
      t.same(errors, [`EADDRINUSE: 127.0.0.1:${port} is taken by another process`])
      t.match(await plane.stats(), [{ listeners: [{ port: 0, error: errors[0] }] }])
      await other.close()
      while ((await portOf(spec.key)) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      t.equal(await portOf(spec.key), port)
    },
  )
}

/** Somebody who listens at a port, until he does no more. */
async function taker(t: Test, port: number): Promise<{ close(): Promise<unknown> }> {
  const { server } = await startBackend(t, () => {}, { port })
  return {
    close: () => {
      server.close()
      return once(server, 'close')
    },
  }
}
