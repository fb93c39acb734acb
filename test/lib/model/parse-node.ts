import t from 'tap'
import { nodeObject, parsed, problemsOf } from '../../fixtures/kubernetes-objects.ts'

t.test('a Node that says nothing but its name', async (t) => {
  t.strictSame(parsed(nodeObject()), {
    kind: 'Node',
    namespace: '',
    name: 'node-1',
    addresses: [],
    podCIDRs: [],
    zone: undefined,
    isLeaving: false,
  })
})

t.test('everything that a proxy uses is read, and nothing else', async (t) => {
  const node = nodeObject({
    metadata: {
      name: 'node-1.example.com',
      namespace: 'default',
      labels: { 'topology.kubernetes.io/zone': 'zone-a', 'kubernetes.io/hostname': 'other' },
    },
    spec: {
      podCIDR: '10.244.1.0/24',
      podCIDRs: ['10.244.1.0/24', 'FD00:1::/64'],
      taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
      unschedulable: true,
    },
    status: {
      addresses: [
        { type: 'Hostname', address: 'node-1' },
        { type: 'ExternalIP', address: '203.0.113.1' },
        { type: 'InternalIP', address: '192.0.2.1' },
        { type: 'InternalIP', address: '2001:DB8::0:1' },
        { type: 'InternalDNS', address: '192.0.2.9' },
      ],
      capacity: { pods: '110' },
    },
  })
  t.strictSame(parsed(node), {
    kind: 'Node',
    namespace: '',
    name: 'node-1.example.com',
    addresses: ['192.0.2.1', '2001:db8::1', '203.0.113.1'],
    podCIDRs: ['10.244.1.0/24', 'fd00:1::/64'],
    zone: 'zone-a',
    isLeaving: false,
  })
})

t.test('addresses that are none are left out', async (t) => {
  const addresses = [
    { type: 'InternalIP', address: 'node-1.internal' },
    { type: 'InternalIP' },
    { address: '192.0.2.2' },
    { type: 'InternalIP', address: '192.0.2.1' },
  ]
  t.match(parsed(nodeObject({ status: { addresses } })), { addresses: ['192.0.2.1'] })
  t.strictSame(parsed(nodeObject({ status: { addresses: null } })), parsed(nodeObject()))
})

t.test('podCIDR stands in for podCIDRs', async (t) => {
  const rows: readonly [object, readonly string[]][] = [
    [{ podCIDR: '10.244.1.0/24' }, ['10.244.1.0/24']],
    [{ podCIDR: '10.244.1.0/24', podCIDRs: [] }, ['10.244.1.0/24']],
    [{ podCIDR: '10.244.2.0/24', podCIDRs: ['10.244.1.0/24'] }, ['10.244.1.0/24']],
    [{ podCIDR: '' }, []],
    [{ podCIDR: null, podCIDRs: null }, []],
  ]
  for (const [spec, podCIDRs] of rows) {
    const node = parsed(nodeObject({ spec }))
    t.strictSame(node.kind === 'Node' && node.podCIDRs, podCIDRs, JSON.stringify(spec))
  }
})

t.test('a node that is deleted, or about to be, is leaving', async (t) => {
  const taint = { key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule', value: '1700000000' }
  const metadata = { name: 'node-1', deletionTimestamp: '2026-01-01T00:00:00Z' }
  t.match(parsed(nodeObject({ metadata })), { isLeaving: true })
  t.match(parsed(nodeObject({ spec: { taints: [{ key: 'a' }, taint] } })), { isLeaving: true })
  t.match(parsed(nodeObject({ spec: { taints: [{ key: 'a' }] } })), { isLeaving: false })
})

const cidr = 'a CIDR (10.244.1.0/24) would be right'
const table: readonly { name: string; fields: Record<string, unknown>; problems: string[] }[] = [
  {
    name: 'no name',
    fields: { metadata: {} },
    problems: [
      'metadata.name is missing; a DNS name (labels of a-z, 0-9 and "-" with dots between, at most 253 characters) would be right',
    ],
  },
  {
    name: 'blocks of pods that are none',
    fields: { spec: { podCIDRs: ['10.244.1.0', 24, '10.244.1.0/24'] } },
    problems: [`spec.podCIDRs[0] is "10.244.1.0"; ${cidr}`, `spec.podCIDRs[1] is 24; ${cidr}`],
  },
  {
    name: 'one block that is none',
    fields: { spec: { podCIDR: 'x' } },
    problems: [`spec.podCIDR is "x"; ${cidr}`],
  },
  {
    name: 'fields of other types',
    fields: { spec: { taints: {}, podCIDRs: 'x' }, status: { addresses: ['192.0.2.1'] } },
    problems: [
      'status.addresses[0] is "192.0.2.1" (a string); an object would be right',
      'spec.podCIDRs is "x" (a string); a list would be right',
      'spec.taints is an object; a list would be right',
    ],
  },
  {
    name: 'a zone that is no label value',
    fields: {
      metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'zone a' } },
    },
    problems: [
      'metadata.labels["topology.kubernetes.io/zone"] is "zone a"; a label value (at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends) would be right',
    ],
  },
]

for (const { name, fields, problems } of table) {
  t.test(`is refused: ${name}`, async (t) => {
    t.strictSame(problemsOf(nodeObject(fields)).sort(), [...problems].sort())
  })
}
