/**
 * Which endpoints a client gets depends on the way it comes in, and on the node this runs on.
 *
 * The Service is kept on the node for clients from outside, by `externalTrafficPolicy: Local`, and in the zone for those
 * from inside, by hints that a controller writes for `trafficDistribution`.
 */
import { MemorySource, Proxier } from 'userspace-proxy'

const node = (zone: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': zone } },
})
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: {
    type: 'NodePort',
    externalTrafficPolicy: 'Local',
    ports: [{ port: 8080, nodePort: 30080 }],
  },
}
const pods = [
  { address: '10.244.1.7', nodeName: 'node-1', zone: 'west' },
  { address: '10.244.2.7', nodeName: 'node-2', zone: 'west' },
  { address: '10.244.3.7', nodeName: 'node-3', zone: 'east' },
]
const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ port: 8080 }],
  endpoints: pods.map(({ address, nodeName, zone }) => ({
    addresses: [address],
    nodeName,
    hints: { forZones: [{ name: zone }] },
  })),
}

const source = new MemorySource([node('west'), service, slice])
const proxier = new Proxier({ source, nodeName: 'node-1' })
await proxier.start()

function show(): void {
  for (const { address, usableBy } of proxier.endpoints()) {
    console.log(`${address} is for ${usableBy.join(' and ') || 'nobody'}`)
  }
}

show()
console.log('node-1 is in the zone east now')
source.set(node('east'))
await proxier.sync()
show()

await proxier.close()
