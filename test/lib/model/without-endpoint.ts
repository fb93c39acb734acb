import t from 'tap'
import { DesiredState } from '../../../lib/model/desired-state.ts'
import type { KubernetesObject } from '../../../lib/model/objects.ts'
import { parseObject } from '../../../lib/model/parse-object.ts'
import { servicePortsWithoutEndpoint } from '../../../lib/model/without-endpoint.ts'

function parse(value: object): KubernetesObject {
  const parsed = parseObject(value)
  if (parsed.result !== 'object') throw new Error(JSON.stringify(parsed))
  return parsed.object
}

const metadata = { namespace: 'shop', name: 'web' }

function service(port: object, spec: object = {}): object {
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [port], ...spec } }
}

function slice(rest: object): object {
  const labels = { 'kubernetes.io/service-name': 'web' }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ...rest,
  }
}

function reasons(...values: readonly object[]): string[] {
  const objects = values.map(parse)
  const desired = new DesiredState()
  for (const object of objects) desired.set(object)
  const found = servicePortsWithoutEndpoint(objects, desired.takeChanges().set)
  return found.map(({ namespace, name, port, reason }) => `${namespace}/${name}:${port} ${reason}`)
}

const http = { name: 'http', port: 80 }

const table: readonly (readonly [string, readonly object[], readonly string[]])[] = [
  ['one with an endpoint', [service(http), slice({})], []],
  [
    'one without any object of endpoints',
    [service(http)],
    ['shop/web:http there is no EndpointSlice and no Endpoints of it'],
  ],
  [
    'a name that differs',
    [service({ name: 'web', port: 80 }), slice({})],
    ['shop/web:web its port is named "web", those of its endpoints: "http"'],
  ],
  [
    'no name against a name',
    [service({ port: 80 }), slice({})],
    ['shop/web: its port is named not at all, those of its endpoints: "http"'],
  ],
  [
    'a name against no name',
    [service(http), slice({ ports: [{ port: 80 }] })],
    ['shop/web:http its port is named "http", those of its endpoints: none'],
  ],
  [
    'endpoints of the other protocol',
    [service({ ...http, protocol: 'UDP' }), slice({})],
    ['shop/web:http no endpoint has its port, protocol and address family'],
  ],
  [
    'endpoints of the other family',
    [service(http, { clusterIP: 'fd00::1' }), slice({})],
    ['shop/web:http no endpoint has its port, protocol and address family'],
  ],
  [
    'an object of endpoints without any',
    [service(http), { apiVersion: 'v1', kind: 'Endpoints', metadata }],
    ['shop/web:http there is no EndpointSlice and no Endpoints of it'],
  ],
  [
    'endpoints in Endpoints',
    [
      service(http),
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata,
        subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ name: 'x', port: 80 }] }],
      },
    ],
    ['shop/web:http its port is named "http", those of its endpoints: "x"'],
  ],
  [
    'policy Local, which depends on the node',
    [service(http, { internalTrafficPolicy: 'Local' }), slice({})],
    [],
  ],
  [
    'both families of one port, once',
    [service(http, { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00::1'] })],
    ['shop/web:http there is no EndpointSlice and no Endpoints of it'],
  ],
]

for (const [name, objects, expected] of table) {
  t.test(name, async (t) => t.same(reasons(...objects), expected))
}

t.test('an endpoint that is left out says why', async (t) => {
  const endpoints = [{ addresses: ['10.0.0.1'], conditions: { ready: false } }]
  const twoSlices = slice({
    endpoints,
    metadata: { ...metadata, name: 'web-2', labels: { 'kubernetes.io/service-name': 'web' } },
  })
  t.match(reasons(service(http), slice({ endpoints }), twoSlices), [
    /^shop\/web:http 10\.0\.0\.1:8080 .*ready/,
  ])
})
