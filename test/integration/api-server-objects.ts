// The objects of the fake API server of the tests: their versions, their defaults, and who writes them.
import t from 'tap'
import { call, list } from '../fixtures/api-server/api-client.ts'
import type { Fields } from '../fixtures/api-server/api-object.ts'
import { service, startApiServer } from '../fixtures/api-server/start-api-server.ts'

t.test('EndpointSlices are there in the versions that are served', async (t) => {
  const server = await startApiServer(t, {
    serves: ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1'],
  })
  const path = (version: string): string => `/apis/discovery.k8s.io/${version}/endpointslices`
  const endpoints = [{ addresses: ['10.0.0.1'], nodeName: 'n', zone: 'z' }]
  server.set({ kind: 'EndpointSlice', metadata: { name: 'a' }, addressType: 'IPv4', endpoints })
  const [stable] = (await list(`${server.url}${path('v1')}`)).items
  t.match(stable, { endpoints: [{ ...endpoints[0], conditions: {} }], ports: null })
  const [beta] = (await list(`${server.url}${path('v1beta1')}`)).items
  const topology = { 'kubernetes.io/hostname': 'n', 'topology.kubernetes.io/zone': 'z' }
  t.match(beta, { endpoints: [{ addresses: ['10.0.0.1'], topology }] })
  t.notMatch(beta, { endpoints: [{ zone: 'z' }] })
  server.set({
    ...beta,
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1beta1',
    metadata: { name: 'b' },
  })
  const { items } = await list(`${server.url}${path('v1')}`)
  t.same(items[1]?.['endpoints'], items[0]?.['endpoints'])

  server.serve('discovery.k8s.io/v1')
  t.equal((await call(`${server.url}${path('v1beta1')}`)).code, 404)
  server.serve('core-only')
  t.equal((await call(`${server.url}${path('v1')}`)).code, 404)
  t.match(await call(`${server.url}/apis`), { body: { groups: [] } })
})

t.test('writes answer with objects and Statuses as the API does', async (t) => {
  const server = await startApiServer(t, { now: () => Date.parse('2026-01-02T03:04:05.678Z') })
  const url = `${server.url}/api/v1/namespaces/shop/services`
  const made = await call(url, 'POST', service('a'))
  t.match(made, {
    code: 201,
    body: {
      kind: 'Service',
      metadata: {
        namespace: 'shop',
        resourceVersion: '1001',
        creationTimestamp: '2026-01-02T03:04:05Z',
        uid: /^[\da-f-]{36}$/,
      },
    },
  })
  t.match(await call(url, 'POST', service('a')), { code: 409, body: { reason: 'AlreadyExists' } })
  t.match(await call(url, 'POST', { metadata: { generateName: 'x-' } }), {
    body: { metadata: { name: /^x-\w{5}$/ } },
  })
  t.match(await call(`${url}/a`, 'PUT', made.body), { body: made.body }, 'nothing has changed')
  t.equal(server.resourceVersion, '1002', 'so there is no event')
  const change = { metadata: { resourceVersion: '1001', labels: { x: 'y' } }, spec: {} }
  t.match(await call(`${url}/a`, 'PUT', change), {
    code: 200,
    body: { metadata: { resourceVersion: '1003' } },
  })
  t.match(await call(`${url}/a`, 'PUT', change), { code: 409, body: { reason: 'Conflict' } })
  const merge = { 'content-type': 'application/merge-patch+json' }
  const patch = { metadata: { labels: { x: null, z: '1' } } }
  t.same((await call(`${url}/a`, 'PATCH', patch, merge)).body['metadata']['labels'], { z: '1' })
  t.match(await call(`${url}/a`, 'DELETE'), { code: 200, body: { status: 'Success' } })
  t.match(await call(`${url}/a`), {
    code: 404,
    body: { reason: 'NotFound', message: 'services "a" not found', details: { name: 'a' } },
  })
  const protobuf = { accept: 'application/vnd.kubernetes.protobuf' }
  t.equal((await call(url, 'GET', undefined, protobuf)).code, 406)
  t.equal((await call(url, 'POST', {}, { 'content-type': protobuf.accept })).code, 415)
  t.match(
    (
      await call(`${server.url}/api/v1/namespaces/shop/events`, 'POST', {
        metadata: { name: 'e' },
        reason: 'Told',
      })
    ).code,
    201,
  )
  t.match(server.objects('Event'), [{ reason: 'Told' }])
})

t.test('a Service gets the defaults of its type, and loses them with it', async (t) => {
  const server = await startApiServer(t)
  const spec = (name: string, given: Fields): unknown =>
    server.set(service(name, {}, given))['spec']
  t.strictSame(spec('a', { sessionAffinity: 'ClientIP' }), {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    type: 'ClusterIP',
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
    clusterIP: '10.96.1.0',
    clusterIPs: ['10.96.1.0'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    internalTrafficPolicy: 'Cluster',
  })
  const ports = [{ port: 80 }, { port: 80, protocol: 'UDP' }, { port: 81, nodePort: 30000 }]
  const balanced = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports }
  t.match(spec('b', balanced), {
    clusterIP: '10.96.1.1',
    ports: [{ nodePort: 30001 }, { nodePort: 30002 }, { nodePort: 30000 }],
    healthCheckNodePort: 30003,
    allocateLoadBalancerNodePorts: true,
  })
  t.match(spec('b', { ...balanced, ports: ports.toReversed() }), {
    clusterIP: '10.96.1.1',
    ports: [{ nodePort: 30000 }, { nodePort: 30002 }, { nodePort: 30001 }],
    healthCheckNodePort: 30003,
  })
  t.match(spec('c', { type: 'NodePort' }), {
    ports: [{ nodePort: 30004 }],
    externalTrafficPolicy: 'Cluster',
  })
  t.strictSame(spec('d', { type: 'ExternalName', externalName: 'x.example' }), {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    type: 'ExternalName',
    externalName: 'x.example',
    sessionAffinity: 'None',
  })
  t.match(spec('e', { clusterIP: 'None' }), { clusterIP: 'None', clusterIPs: ['None'] })
  t.match(spec('f', { clusterIPs: ['10.96.9.9', 'fd00::9'] }), {
    clusterIP: '10.96.9.9',
    ipFamilies: ['IPv4', 'IPv6'],
  })
  const merge = { 'content-type': 'application/merge-patch+json' }
  const url = `${server.url}/api/v1/namespaces/default/services/c`
  const { body } = await call(url, 'PATCH', { spec: { type: 'ClusterIP' } }, merge)
  t.notMatch(body, { spec: { ports: [{ nodePort: 30004 }] } })
  t.notMatch(body, { spec: { externalTrafficPolicy: 'Cluster' } })
  t.strictSame(server.set(service('g'), { asIs: true })['spec'], { ports: [{ port: 80 }] })
})
