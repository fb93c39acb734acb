import t from 'tap'
import { addressClass } from '../../../lib/address.ts'
import type { EndpointSlice } from '../../../lib/model/objects.ts'
import { endpointSliceObject, parsed, problemsOf } from '../../fixtures/kubernetes-objects.ts'

const unsaid = {
  nodeName: undefined,
  zone: undefined,
  forZones: [],
  forNodes: [],
  targetName: undefined,
}

t.test("the API server's defaults are filled in", async (t) => {
  t.strictSame(parsed(endpointSliceObject()), {
    kind: 'EndpointSlice',
    namespace: 'default',
    name: 'web-1',
    serviceName: 'web',
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints: [{ address: '10.0.0.1', ready: true, serving: true, terminating: false, ...unsaid }],
  })
})

t.test('conditions that are null mean ready, serving and not terminating', async (t) => {
  const conditions = { ready: null, serving: null, terminating: null }
  const endpoints = [
    { addresses: ['10.0.0.1'], conditions },
    { addresses: ['10.0.0.2'], conditions: null },
    { addresses: ['10.0.0.3'], conditions: { ready: false, serving: false, terminating: true } },
  ]
  t.match(parsed(endpointSliceObject({ endpoints })), {
    endpoints: [
      { ready: true, serving: true, terminating: false },
      { ready: true, serving: true, terminating: false },
      { ready: false, serving: false, terminating: true },
    ],
  })
})

t.test('only the first address counts, in canonical form', async (t) => {
  const endpoints = [{ addresses: ['FD00::0:1', 'fd00::2'] }]
  t.match(parsed(endpointSliceObject({ addressType: 'IPv6', endpoints })), {
    endpoints: [{ address: 'fd00::1' }],
  })
})

t.test('node, zone and target are read where v1 has them', async (t) => {
  const endpoint = {
    addresses: ['10.0.0.1'],
    nodeName: 'worker-1.example.com',
    zone: 'zone-a',
    targetRef: { kind: 'Pod', name: 'web-0' },
  }
  t.match(parsed(endpointSliceObject({ endpoints: [endpoint] })), {
    endpoints: [{ nodeName: 'worker-1.example.com', zone: 'zone-a', targetName: 'web-0' }],
  })
})

t.test('node and zone are read where v1beta1 has them', async (t) => {
  const topology = { 'kubernetes.io/hostname': 'worker-1', 'topology.kubernetes.io/zone': 'zone-a' }
  const apiVersion = 'discovery.k8s.io/v1beta1'
  const endpoints = [
    { addresses: ['10.0.0.1'], topology },
    { addresses: ['10.0.0.2'], topology, nodeName: 'worker-2' },
  ]
  t.match(parsed(endpointSliceObject({ apiVersion, endpoints })), {
    endpoints: [
      { nodeName: 'worker-1', zone: 'zone-a' },
      { nodeName: 'worker-2', zone: 'zone-a' },
    ],
  })
})

t.test('hints are read, and other kinds of hint are not looked at', async (t) => {
  const hints = { forZones: [{ name: 'zone-a' }, { name: 'zone-b' }], forNodes: [{ name: 'n.a' }] }
  const endpoints = [
    { addresses: ['10.0.0.1'], hints },
    { addresses: ['10.0.0.2'], hints: { forZones: null, forRegions: [5] } },
    { addresses: ['10.0.0.3'], hints: null },
  ]
  t.match(parsed(endpointSliceObject({ endpoints })), {
    endpoints: [
      { forZones: ['zone-a', 'zone-b'], forNodes: ['n.a'] },
      { forZones: [], forNodes: [] },
      { forZones: [], forNodes: [] },
    ],
  })
})

t.test('ports without a number are left out, lists that are null are empty', async (t) => {
  const ports = [
    { name: 'a', port: null },
    { name: 'b', port: 0 },
    { name: 'c', port: 53, protocol: 'UDP' },
  ]
  t.match(parsed(endpointSliceObject({ ports, endpoints: null })), {
    ports: [{ name: 'c', protocol: 'UDP', port: 53 }],
    endpoints: [],
  })
  t.match(parsed(endpointSliceObject({ ports: null })), { ports: [] })
})

t.test('a slice of names keeps them', async (t) => {
  const endpoints = [{ addresses: ['db.example.com'] }, { addresses: ['db.example.com.'] }]
  t.match(parsed(endpointSliceObject({ addressType: 'FQDN', endpoints })), {
    addressType: 'FQDN',
    endpoints: [{ address: 'db.example.com' }, { address: 'db.example.com.' }],
  })
})

const name = 'a DNS name (labels of a-z, 0-9 and "-" with dots between, at most 253 characters)'
const labelValue =
  'a label value (at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends)'
const label = '"" or a DNS label (at most 63 of a-z, 0-9 and "-", no "-" at either end)'

const table: readonly { name: string; fields: Record<string, unknown>; problems: string[] }[] = [
  {
    name: 'hints that are none',
    fields: {
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          hints: { forZones: [{ name: 'zone a' }, {}], forNodes: [{ name: 'Node' }] },
        },
        { addresses: ['10.0.0.2'], hints: ['zone-a'] },
      ],
    },
    problems: [
      `endpoints[0].hints.forZones[0].name is "zone a"; ${labelValue} would be right`,
      `endpoints[0].hints.forZones[1].name is missing; ${labelValue} would be right`,
      `endpoints[0].hints.forNodes[0].name is "Node"; ${name} would be right`,
      'endpoints[1].hints is a list; an object would be right',
    ],
  },
  {
    name: 'no label that names the Service',
    fields: { metadata: { name: 'web-1', labels: { app: 'web' } } },
    problems: [
      'metadata.labels["kubernetes.io/service-name"] is missing; the name of its Service would be right',
    ],
  },
  {
    name: 'an empty label for the Service',
    fields: { metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': '' } } },
    problems: [
      'metadata.labels["kubernetes.io/service-name"] is ""; the name of its Service would be right',
    ],
  },
  {
    name: 'no metadata',
    fields: { metadata: undefined },
    problems: [
      `metadata.name is missing; ${name} would be right`,
      'metadata.labels["kubernetes.io/service-name"] is missing; the name of its Service would be right',
    ],
  },
  {
    name: 'an unknown address type, and then no more about families',
    fields: { addressType: 'IP', endpoints: [{ addresses: ['fd00::1', 'x'] }] },
    problems: [
      'addressType is "IP"; IPv4, IPv6 or FQDN would be right',
      'endpoints[0].addresses[1] is "x"; an IP address would be right',
    ],
  },
  {
    name: 'no address type',
    fields: { addressType: undefined },
    problems: ['addressType is missing; IPv4, IPv6 or FQDN would be right'],
  },
  {
    name: 'addresses of another family, and such that are none',
    fields: {
      endpoints: [{ addresses: ['fd00::1'] }, { addresses: ['10.0.0.1', '10.0.0.01', null] }],
    },
    problems: [
      'endpoints[0].addresses[0] is "fd00::1"; an IPv4 address, as addressType says, would be right',
      'endpoints[1].addresses[1] is "10.0.0.01"; an IPv4 address, as addressType says, would be right',
      'endpoints[1].addresses[2] is missing; an IPv4 address, as addressType says, would be right',
    ],
  },
  {
    name: 'a name that is none',
    fields: { addressType: 'FQDN', endpoints: [{ addresses: ['DB!'] }] },
    problems: [`endpoints[0].addresses[0] is "DB!"; ${name} would be right`],
  },
  {
    name: 'endpoints without addresses',
    fields: { endpoints: [{ addresses: [] }, {}, null, '10.0.0.1', { addresses: '10.0.0.1' }] },
    problems: [
      'endpoints[0].addresses is empty; at least one address would be right',
      'endpoints[1].addresses is missing; at least one address would be right',
      'endpoints[2].addresses is missing; at least one address would be right',
      'endpoints[3] is "10.0.0.1" (a string); an object would be right',
      'endpoints[4].addresses is "10.0.0.1" (a string); a list would be right',
    ],
  },
  {
    name: 'ports that are none',
    fields: {
      ports: [
        { name: 'A', port: 70000, protocol: 'QUIC' },
        { name: 'b', port: 1 },
        { name: 'b', port: 2, protocol: 'UDP' },
        { port: 3 },
        { name: '', port: 4 },
        { name: 'C', port: 5 },
      ],
    },
    problems: [
      `ports[0].name is "A"; ${label} would be right`,
      'ports[0].protocol is "QUIC"; TCP, UDP or SCTP would be right',
      'ports[0].port is 70000; a number from 0 to 65535 would be right',
      `ports[5].name is "C"; ${label} would be right`,
      'ports[2].name is "b", as in ports[1]; a name of its own would be right',
      'ports[4].name is "", as in ports[3]; a name of its own would be right',
    ],
  },
  {
    name: 'conditions, node, zone and target that are none',
    fields: {
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          conditions: { ready: 'yes', serving: 1 },
          nodeName: 'Worker 1',
          zone: 'a b',
          targetRef: { name: 'web\u0000' },
        },
        { addresses: ['10.0.0.2'], conditions: true, topology: [], targetRef: 'web-0' },
      ],
    },
    problems: [
      'endpoints[0].conditions.ready is "yes" (a string); true or false would be right',
      'endpoints[0].conditions.serving is 1 (a number); true or false would be right',
      `endpoints[0].nodeName is "Worker 1"; ${name} would be right`,
      'endpoints[0].zone is "a b"; a label value (at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends) would be right',
      'endpoints[0].targetRef.name is "web\\u{0}"; a text of at most 253 characters without control characters would be right',
      'endpoints[1].conditions is true (a boolean); an object would be right',
      'endpoints[1].topology is a list; an object would be right',
      'endpoints[1].targetRef is "web-0" (a string); an object would be right',
    ],
  },
]

for (const { name, fields, problems } of table) {
  t.test(`refused: ${name}`, async (t) => {
    t.strictSame(problemsOf(endpointSliceObject(fields)), problems)
  })
}

t.test('an IPv4 address in the clothes of IPv6 stays, to be refused by name', async (t) => {
  const slice = parsed(
    endpointSliceObject({
      addressType: 'IPv6',
      endpoints: [{ addresses: ['::FFFF:7f00:1'] }, { addresses: ['fd00::1'] }],
    }),
  ) as EndpointSlice
  t.strictSame(
    slice.endpoints.map(({ address }) => address),
    ['::ffff:127.0.0.1', 'fd00::1'],
  )
  t.strictSame(addressClass('::ffff:127.0.0.1'), 'ipv4-mapped')
  for (const address of ['10.0.0.1', 'x', 1, '::ffff:1.2.3.4%lo']) {
    t.equal(
      problemsOf(
        endpointSliceObject({ addressType: 'IPv6', endpoints: [{ addresses: [address] }] }),
      ).length,
      1,
    )
  }
})

t.test(
  'when the change came that it answers is read where that is said, and else ignored',
  async (t) => {
    const key = 'endpoints.kubernetes.io/last-change-trigger-time'
    const read = (annotations: unknown) =>
      parsed({
        ...endpointSliceObject(),
        metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' }, annotations },
      })
    const time = '2026-01-01T00:00:00Z'
    t.match(read({ [key]: time }), { lastChangeTriggerTime: time })
    for (const annotations of [undefined, {}, { [key]: 7 }, 'none']) {
      t.notOk('lastChangeTriggerTime' in (read(annotations) as object), JSON.stringify(annotations))
    }
  },
)
