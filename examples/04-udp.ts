/**
 * UDP: datagrams of one client address and port are a flow, and a flow stays with its endpoint.
 *
 * A flow has no end of its own: it is over when no datagram has passed either way for `udpTimeoutMs`.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { MemorySource, Proxier } from 'userspace-proxy'

const backends = ['pod-1', 'pod-2'].map((pod) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  return socket.on('message', (message, { port, address }) => {
    socket.send(`${pod} heard ${message.toString()}`, port, address)
  })
})
await Promise.all(backends.map((backend) => once(backend, 'listening')))

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'echo' },
  spec: { ports: [{ protocol: 'UDP', port: 8081 }] },
}
const slices = backends.map((backend, i) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `echo-${i + 1}`, labels: { 'kubernetes.io/service-name': 'echo' } },
  addressType: 'IPv4',
  ports: [{ protocol: 'UDP', port: backend.address().port }],
  endpoints: [{ addresses: ['127.0.0.1'] }],
}))

const proxier = new Proxier({ source: new MemorySource([service, ...slices]), udpTimeoutMs: 300 })
const flowEnded = once(proxier, 'close')
const listening = once(proxier, 'listener')
await proxier.start()
const [{ port }] = await listening

// Two clients, two datagrams each.
for (const name of ['anna', 'ben']) {
  const client = createSocket('udp4').bind(0, '127.0.0.1')
  for (const word of ['one', 'two']) {
    client.send(`${name} ${word}`, port, '127.0.0.1')
    const [answer] = (await once(client, 'message')) as [Buffer]
    console.log(answer.toString())
  }
  client.close()
}
console.log(`${(await proxier.connections()).length} flows are open`)

const [flow] = await flowEnded
console.log(`a flow ended: ${flow.reason}`)

await proxier.close({ graceMs: 1000 })
for (const backend of backends) backend.close()
