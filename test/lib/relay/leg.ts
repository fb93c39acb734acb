import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import t from 'tap'
import { type Leg, prepareLeg } from '../../../lib/relay/leg.ts'
import { haveSameShape } from '../../fixtures/same-shape.ts'
import { said, startEcho } from '../../fixtures/tcp.ts'

t.test('a leg has all it ever gets from the start, so that its shape stays', async (t) => {
  const { port } = await startEcho(t)
  const leg: Leg = new Socket({ allowHalfOpen: true })
  prepareLeg(leg)
  leg.on('error', () => {})
  const properties = () => Reflect.ownKeys(leg).map(String)
  const before = properties()
  leg.connect(port, '127.0.0.1')
  await once(leg, 'connect')
  leg.setNoDelay()
  leg.setKeepAlive(true, 1000)
  t.equal(await said(leg, 'ping'), 'ping')
  t.same(properties(), before)
  leg.destroy()
  await once(leg, 'close')
})

t.test('legs have one shape, whoever has dialled and however they end', async (t) => {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, highWaterMark: 1 })
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const onread = { buffer: Buffer.alloc(16), callback: () => true }
  const leg: Leg = new Socket({ allowHalfOpen: true, onread })
  prepareLeg(leg)
  leg.on('error', () => {})
  leg.connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [client] = (await once(server, 'connection')) as [Leg]
  t.equal(client.remoteAddress, '127.0.0.1')
  prepareLeg(client)
  client.on('error', () => {})
  if (leg.connecting) await once(leg, 'connect')
  t.ok(haveSameShape(client, leg))
  leg.resetAndDestroy()
  client.resume()
  await new Promise((resolve) => client.once('close', resolve))
  t.ok(haveSameShape(client, leg), 'when one was reset')
})
