/**
 * Session affinity: with `sessionAffinity: ClientIP` a client address stays on the endpoint that it met first.
 *
 * Two clients are told apart by address, not by port: here 127.0.0.1 and 127.0.0.2 (Linux and Windows have all of
 * 127.0.0.0/8 on loopback).
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { MemorySource, Proxier } from 'userspace-proxy'

const backends = ['pod-1', 'pod-2', 'pod-3'].map((pod) =>
  createServer((socket) => socket.end(pod)).listen(0, '127.0.0.1'),
)
await Promise.all(backends.map((backend) => once(backend, 'listening')))

const service = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'cart' },
  spec: { ports: [{ port: 8080 }], ...spec },
})
const slices = backends.map((backend, i) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `cart-${i + 1}`, labels: { 'kubernetes.io/service-name': 'cart' } },
  addressType: 'IPv4',
  ports: [{ port: (backend.address() as AddressInfo).port }],
  endpoints: [{ addresses: ['127.0.0.1'] }],
}))

const source = new MemorySource([service({ sessionAffinity: 'ClientIP' }), ...slices])
const proxier = new Proxier({ source })
const listening = once(proxier, 'listener')
await proxier.start()
const [{ port }] = await listening

const visit = async (localAddress: string) => {
  const pods: string[] = []
  for (let i = 0; i < 4; i++) {
    pods.push(await text(connect({ port, host: '127.0.0.1', localAddress })))
  }
  console.log(`${localAddress} meets ${pods.join(' ')}`)
}
console.log('with affinity')
await visit('127.0.0.1')
await visit('127.0.0.2')

console.log('without')
source.set(service({ sessionAffinity: 'None' }))
await proxier.sync()
await visit('127.0.0.1')

await proxier.close({ graceMs: 1000 })
for (const backend of backends) backend.close()
