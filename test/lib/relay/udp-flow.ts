import t from 'tap'
import type { ServiceBalancer } from '../../../lib/balance/service-balancer.ts'
import { type FlowHost, UdpFlow } from '../../../lib/relay/udp-flow.ts'
import { endpointAt } from '../../fixtures/data-plane.ts'
import { openUdp } from '../../fixtures/udp.ts'

// The flow only carries it: its host asks it.
const balancer = {} as ServiceBalancer

function hostOf(): FlowHost & { said: string[] } {
  const said: string[] = []
  return {
    said,
    servicePort: 'default/dns:dns',
    entryName: 'internal',
    now: () => 1000,
    reply: () => void said.push('reply'),
    established: () => void said.push('established'),
    refused: () => void said.push('refused'),
    dropped: () => void said.push('dropped'),
    over: (_flow, reason) => void said.push(reason),
  }
}

t.test('64 datagrams wait for the socket to be connected, the rest is dropped', async (t) => {
  const endpoint = await openUdp(t)
  const listener = await openUdp(t)
  const host = hostOf()
  const client = { listener: listener.socket, address: '127.0.0.1', port: 9 }
  const flow = new UdpFlow({ id: 1, host, client, target: endpointAt(endpoint.port), balancer })
  t.teardown(() => flow.close('idle'))
  t.equal(flow.isEstablished, false)
  t.match(flow.facts(), { state: 'dialing', clientAddress: '127.0.0.1', clientPort: 9 })
  flow.open()
  for (let i = 0; i < 70; i++) flow.send(Buffer.from([i]))
  await endpoint.got(64)
  t.same(host.said.filter((word) => word === 'dropped').length, 6)
  t.same(
    endpoint.datagrams.map(({ bytes }) => bytes[0]),
    Array.from({ length: 64 }, (_, i) => i),
  )
})

t.test('closed before it is connected, it says so once and nothing else', async (t) => {
  const endpoint = await openUdp(t)
  const listener = await openUdp(t)
  const host = hostOf()
  const client = { listener: listener.socket, address: '::1', port: 9 }
  const flow = new UdpFlow({ id: 1, host, client, target: endpointAt(endpoint.port), balancer })
  flow.open()
  flow.send(Buffer.from('x'))
  flow.close('endpoint-removed')
  flow.close('idle')
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.same(host.said, ['endpoint-removed'])
  t.equal(endpoint.datagrams.length, 0)
})

t.test('the entry is unknown once the listener is closed', async (t) => {
  const endpoint = await openUdp(t)
  const listener = await openUdp(t)
  const client = { listener: listener.socket, address: '127.0.0.1', port: 9 }
  const flow = new UdpFlow({
    id: 1,
    host: hostOf(),
    client,
    target: endpointAt(endpoint.port),
    balancer,
  })
  t.teardown(() => flow.close('idle'))
  t.equal(flow.facts().entry, `127.0.0.1:${listener.port}`)
  await listener.close()
  t.match(flow.facts('idle'), { entry: '', state: 'closed', reason: 'idle' })
})
