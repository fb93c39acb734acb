import { connect } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { schedulers } from '../../lib/options.ts'
import { endpointAt, proxySocketSpec } from '../fixtures/data-plane.ts'
import { startNamed } from '../fixtures/tcp.ts'
import { startWorkers } from '../fixtures/workers.ts'

const all = 10_000
const atOnce = 32

for (const scheduler of schedulers) {
  t.test(`${scheduler}: ${all} connections over 3 threads are spread within 5 %`, async (t) => {
    const { plane, portOf } = startWorkers(t, { workers: 3, options: { scheduler } })
    const backends = [await startNamed(t, 'a'), await startNamed(t, 'b'), await startNamed(t, 'c')]
    const endpoints = backends
      .map(({ port }) => endpointAt(port))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    await plane.apply({ set: [proxySocketSpec('web', { endpoints })], removed: [] })
    const port = await portOf('web')
    let left = all
    const visit = async (): Promise<void> => {
      while (left-- > 0) {
        const client = connect(port, '127.0.0.1')
        client.resume()
        await once(client, 'close')
      }
    }
    await Promise.all(Array.from({ length: atOnce }, visit))
    for (const { sockets } of backends) {
      const off = Math.abs(sockets.length / (all / backends.length) - 1)
      t.ok(off < 0.05, `${sockets.length} of ${all}`)
    }
    // The client has seen its end before the thread has seen both.
    while ((await plane.totals()).counts.open > 0) await new Promise((next) => setImmediate(next))
    t.match((await plane.totals()).counts, { opened: all, closed: { ended: all } })
  })
}
