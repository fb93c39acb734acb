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
  const all = await Promise.allSettled([1, 2, 3].map(() => ports.inTurn(place, open)))
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
  const failed = ports.inTurn(place, () => Promise.reject(new Error('no')))
  const next = ports.inTurn(place, async () => 'yes')
  await t.rejects(failed, { message: 'no' })
  t.equal(await next, 'yes')
})
