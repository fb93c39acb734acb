/**
 * A Service from memory: three tiny backends, and clients that meet them in turn.
 *
 * Objects have the shape that kubectl prints. A MemorySource can be changed at any time; the Proxier follows.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { MemorySource, Proxier } from 'userspace-proxy'

// Three backends: each says its name and ends the connection.
const backends = ['pod-1', 'pod-2', 'pod-3'].map((pod) =>
  createServer((socket) => socket.end(`hello from ${pod}`)).listen(0, '127.0.0.1'),
)
await Promise.all(backends.map((backend) => once(backend, 'listening')))

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { ports: [{ port: 8080 }] },
}
const slices = backends.map((backend, i) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `web-${i + 1}`, labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ port: (backend.address() as AddressInfo).port }],
  endpoints: [{ addresses: ['127.0.0.1'] }],
}))

const source = new MemorySource([service, ...slices])
const proxier = new Proxier({ source })
const listening = once(proxier, 'listener')
await proxier.start()

const [{ port }] = await listening // the Service's own, or another where that is taken

const ask = async () => console.log(await text(connect(port, '127.0.0.1')))
for (let i = 0; i < 4; i++) await ask()

console.log('pod-2 is taken off the list')
source.delete({ kind: 'EndpointSlice', name: 'web-2' })
await proxier.sync()
for (let i = 0; i < 3; i++) await ask()

await proxier.close({ graceMs: 1000 })
for (const backend of backends) backend.close()
