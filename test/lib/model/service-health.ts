// What is counted, and for whom, stands in the rows 1.7 of service-semantics.ts.
import t from 'tap'
import { desiredServicePort } from '../../../lib/model/desired-service-port.ts'
import type { Service } from '../../../lib/model/objects.ts'
import { serviceHealth } from '../../../lib/model/service-health.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import { serviceOf, sliceOf } from '../../fixtures/model-objects.ts'

const node = { nodeName: 'node-1', zone: undefined }
const balanced = serviceOf({
  type: 'LoadBalancer',
  externalTrafficPolicy: 'Local',
  healthCheckNodePort: 30_999,
})
const slices = [
  sliceOf([
    { address: '10.0.0.1', nodeName: 'node-1' },
    { address: '10.0.0.2', nodeName: 'node-1', ready: false },
    { address: '10.0.0.3', nodeName: 'node-2' },
    { address: '10.0.0.4', nodeName: 'node-1' },
    { address: '10.0.0.5', nodeName: 'node-1' },
  ]),
]

function healthOf(service: Service) {
  const rows = servicePortsOf(service).servicePorts.map((servicePort) =>
    desiredServicePort(servicePort, {
      slices,
      node,
      refusal: ({ address }) => (address === '10.0.0.5' ? 'never dialled' : undefined),
    }),
  )
  return serviceHealth(service, rows.values(), node)
}

t.test('ready endpoints on this node are counted, but those that are never dialled', async (t) => {
  t.strictSame(healthOf(balanced), {
    namespace: 'default',
    name: 'web',
    healthCheckNodePort: 30_999,
    localEndpoints: 2,
  })
})

t.test('there is none where nobody asks for it', async (t) => {
  t.equal(healthOf({ ...balanced, type: 'NodePort' }), undefined)
  t.equal(healthOf({ ...balanced, externalTrafficPolicy: 'Cluster' }), undefined)
  t.equal(healthOf({ ...balanced, healthCheckNodePort: 0 }), undefined)
})
