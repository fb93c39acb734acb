import t from 'tap'
import {
  endpointsResource,
  nodeResource,
  serviceResource,
} from '../../../lib/source/kubernetes-resources.ts'

t.test('Services: those of no other proxy, or those of this one', async (t) => {
  const fieldSelector = 'spec.clusterIP!=None'
  t.strictSame(serviceResource('').selectors, {
    labelSelector: '!service.kubernetes.io/service-proxy-name',
    fieldSelector,
  })
  const { path, selectors, fallbackSelectors } = serviceResource('mine')
  const labelSelector = 'service.kubernetes.io/service-proxy-name=mine'
  t.equal(path, '/api/v1/services')
  t.strictSame(selectors, { labelSelector, fieldSelector })
  t.strictSame(fallbackSelectors, { labelSelector })
})

t.test('endpoints: of the API that there is', async (t) => {
  const selectors = { labelSelector: '!service.kubernetes.io/headless' }
  for (const apiVersion of ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1'] as const) {
    t.match(endpointsResource(apiVersion), {
      label: 'EndpointSlices',
      name: 'endpointslices.discovery.k8s.io',
      path: `/apis/${apiVersion}/endpointslices`,
      type: { apiVersion, kind: 'EndpointSlice' },
      selectors,
    })
  }
  t.strictSame(endpointsResource('core/v1'), {
    label: 'Endpoints',
    name: 'endpoints',
    path: '/api/v1/endpoints',
    type: { apiVersion: 'v1', kind: 'Endpoints' },
    selectors,
  })
})

t.test('a Node: only the one', async (t) => {
  t.strictSame(nodeResource('n1'), {
    label: 'Node n1',
    name: 'nodes',
    path: '/api/v1/nodes',
    type: { apiVersion: 'v1', kind: 'Node' },
    selectors: { fieldSelector: 'metadata.name=n1' },
  })
})
