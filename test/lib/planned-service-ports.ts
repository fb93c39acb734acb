import t from 'tap'
import { plannedServicePorts } from '../../lib/planned-service-ports.ts'
import { MemorySource } from '../../lib/source/memory-source.ts'

const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
})

t.test('has every ServicePort with its endpoints, and what is not proxied', async (t) => {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port: 8080 }],
    endpoints: [
      { addresses: ['127.0.0.1'], nodeName: 'a' },
      { addresses: ['10.0.0.1'], nodeName: 'b' },
    ],
  }
  const objects = [
    service('web', {
      clusterIP: '10.96.0.1',
      externalIPs: ['198.51.100.7', '203.0.113.7'],
      internalTrafficPolicy: 'Local',
    }),
    service('headless', { clusterIP: 'None' }),
    slice,
  ]
  const planned = await plannedServicePorts({
    source: new MemorySource(objects),
    externalIPCIDRs: ['198.51.100.0/24'],
    nodeName: 'a',
  })
  t.match(planned, {
    servicePorts: [
      {
        servicePort: { name: { name: 'web' }, externalIPs: ['198.51.100.7'] },
        entries: [{ usable: [{ key: '127.0.0.1:8080' }] }, {}],
      },
    ],
    notProxied: [{ name: 'headless' }],
  })
})
