/**
 * An own scheduler: whatever has `pick` chooses the endpoint of each new connection.
 *
 * This one sends nine of ten connections to the old version and one to the new: a canary release, by port number.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import type { EndpointAddress, LoadBalancer } from 'userspace-proxy'
import { MemorySource, Proxier } from 'userspace-proxy'

const backends = ['v1', 'v2'].map((version) =>
  createServer((socket) => socket.end(version)).listen(0, '127.0.0.1'),
)
await Promise.all(backends.map((backend) => once(backend, 'listening')))
const [oldPort, newPort] = backends.map((backend) => (backend.address() as AddressInfo).port)

class Canary implements LoadBalancer {
  #count = 0

  pick(endpoints: readonly EndpointAddress[]): EndpointAddress {
    this.#count++
    const wanted = this.#count % 10 === 0 ? newPort : oldPort
    // An endpoint that is gone or does not answer is not in the list: then any other has to do.
    return endpoints.reduce((any, endpoint) => (endpoint.port === wanted ? endpoint : any))
  }
}

const objects = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { ports: [{ port: 8080 }] },
  },
  ...[oldPort, newPort].map((port, i) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `web-v${i + 1}`, labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  })),
]
const source = new MemorySource(objects)
const proxier = new Proxier({ source, loadBalancer: () => new Canary() })
const listening = once(proxier, 'listener')
await proxier.start()
const [{ port }] = await listening

const count: Record<string, number> = { v1: 0, v2: 0 }
for (let i = 0; i < 30; i++) {
  const version = await text(connect(port, '127.0.0.1'))
  count[version] = (count[version] ?? 0) + 1
}
console.log(count)

await proxier.close({ graceMs: 1000 })
for (const backend of backends) backend.close()
