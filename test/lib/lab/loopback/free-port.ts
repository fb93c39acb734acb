import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { freePort, isFree, portNear } from '../../../../lib/lab/loopback/free-port.ts'

const address = '127.0.0.1'

t.test('a port that is free is kept, and another one found where it is not', async (t) => {
  const port = await freePort(address)
  t.ok(await isFree({ address, port }))
  t.equal(await portNear({ address, port }), port)
  const taken = createServer().listen(port, address)
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  t.notOk(await isFree({ address, port }))
  t.not(await portNear({ address, port }), port)
})

t.test('of an address that is not ours no port is free', async (t) => {
  t.notOk(await isFree({ address: '192.0.2.1', port: 0 }))
  await t.rejects(freePort('192.0.2.1'), { code: 'EADDRNOTAVAIL' })
})
