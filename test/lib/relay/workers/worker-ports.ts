import t from 'tap'
import { freePort, WorkerPorts } from '../../../../lib/relay/workers/worker-ports.ts'
import { startBackend } from '../../../fixtures/tcp.ts'
import { openUdp } from '../../../fixtures/udp.ts'

for (const protocol of ['TCP', 'UDP'] as const) {
  t.test(`${protocol}: any port is one that can be bound afterwards`, async (t) => {
    for (const address of ['127.0.0.1', '::1']) {
      const port = await freePort(protocol, address, 0)
      t.ok(port > 0)
      t.equal(await freePort(protocol, address, port), port)
    }
  })

  t.test(
    `${protocol}: a port that is taken cannot be bound, by the code of the system`,
    async (t) => {
      const { port } = protocol === 'TCP' ? await startBackend(t) : await openUdp(t)
      await t.rejects(freePort(protocol, '127.0.0.1', port), { code: 'EADDRINUSE' })
      await t.rejects(freePort(protocol, '192.0.2.1', 0), { code: 'EADDRNOTAVAIL' })
    },
  )
}

t.test('who wants the same port waits, and then finds it taken', async (t) => {
  const ports = new WorkerPorts()
  const place = {
    protocol: 'TCP',
    address: '127.0.0.1',
    port: await freePort('TCP', '127.0.0.1', 0),
  } as const
  const open = async () => (await startBackend(t, () => {}, place)).port
  const all = await Promise.allSettled([1, 2, 3].map(() => ports.bind(place, open)))
  t.same(
    all.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  )
  t.match(all[2], { reason: { code: 'EADDRINUSE' } })
})

t.test('who fails leaves the port to the next', async (t) => {
  const ports = new WorkerPorts()
  const place = {
    protocol: 'UDP',
    address: '127.0.0.1',
    port: await freePort('UDP', '127.0.0.1', 0),
  } as const
  const failed = ports.bind(place, () => Promise.reject(new Error('no')))
  const next = ports.bind(place, async () => 'yes')
  await t.rejects(failed, { message: 'no' })
  t.equal(await next, 'yes')
})

t.test('any port is another one where somebody was faster, but not for ever', async (t) => {
  const ports = new WorkerPorts()
  const any = { protocol: 'TCP', address: '127.0.0.1', port: 0 } as const
  const taken = Object.assign(new Error('taken'), { code: 'EADDRINUSE' })
  const tried: number[] = []
  const open = async (port: number): Promise<number> => {
    if (tried.push(port) < 3) throw taken
    return port
  }
  t.equal(await ports.bind(any, open), tried[2])
  t.equal(tried.length, 3)
  await t.rejects(
    ports.bind(any, () => Promise.reject(taken)),
    taken,
  )
  let asked = 0
  const denied = ports.bind(any, () => {
    asked++
    return Promise.reject(new Error('denied'))
  })
  await t.rejects(denied, { message: 'denied' })
  t.equal(asked, 1, 'only for a port that is taken another one is better')
})
