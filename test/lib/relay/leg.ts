import { once } from 'node:events'
import { Socket } from 'node:net'
import t from 'tap'
import { type Leg, prepareLeg } from '../../../lib/relay/leg.ts'
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
