import t from 'tap'
import { endpointsObject, parsed, problemsOf } from '../../fixtures/kubernetes-objects.ts'

const unsaid = {
  nodeName: undefined,
  zone: undefined,
  forZones: [],
  forNodes: [],
  targetName: undefined,
}
const ready = { ready: true, serving: true, terminating: false }
const notReady = { ready: false, serving: false, terminating: false }

t.test('there is a slice for each subset and family', async (t) => {
  const subsets = [
    {
      addresses: [{ ip: '10.0.0.1', nodeName: 'worker-1' }, { ip: 'FD00::1' }],
      notReadyAddresses: [{ ip: '10.0.0.2', targetRef: { kind: 'Pod', name: 'web-2' } }],
      ports: [
        { name: 'http', port: 8080 },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    },
    { addresses: [{ ip: 'fd00::2' }], ports: [{ port: 9090 }] },
    { addresses: null, ports: [{ port: 9091 }] },
  ]
  const ports = [
    { name: 'http', protocol: 'TCP', port: 8080 },
    { name: 'dns', protocol: 'UDP', port: 53 },
  ]
  const slice = { kind: 'EndpointSlice', namespace: 'shop', serviceName: 'web' }
  const metadata = { name: 'web', namespace: 'shop' }
  t.strictSame(parsed(endpointsObject(subsets, { metadata })), {
    kind: 'Endpoints',
    namespace: 'shop',
    name: 'web',
    slices: [
      {
        ...slice,
        name: 'web-0-ipv4',
        addressType: 'IPv4',
        ports,
        endpoints: [
          { address: '10.0.0.1', ...ready, ...unsaid, nodeName: 'worker-1' },
          { address: '10.0.0.2', ...notReady, ...unsaid, targetName: 'web-2' },
        ],
      },
      {
        ...slice,
        name: 'web-0-ipv6',
        addressType: 'IPv6',
        ports,
        endpoints: [{ address: 'fd00::1', ...ready, ...unsaid }],
      },
      {
        ...slice,
        name: 'web-1-ipv6',
        addressType: 'IPv6',
        ports: [{ name: '', protocol: 'TCP', port: 9090 }],
        endpoints: [{ address: 'fd00::2', ...ready, ...unsaid }],
      },
    ],
  })
})

t.test('Endpoints without subsets have no slices', async (t) => {
  t.match(parsed(endpointsObject(undefined)), { slices: [] })
  t.match(parsed(endpointsObject(null)), { slices: [] })
})

t.test('every problem of every subset is found', async (t) => {
  const subsets = [
    'x',
    {
      addresses: [{ ip: '10.0.0.256', nodeName: 'W', targetRef: [] }, {}],
      notReadyAddresses: {},
      ports: [{ name: 'Web', port: '80', protocol: 'tcp' }, { name: 'b' }, { name: 'b', port: 0 }],
    },
  ]
  t.strictSame(problemsOf(endpointsObject(subsets, { metadata: { name: 'web_1' } })), [
    'metadata.name is "web_1"; a DNS name (labels of a-z, 0-9 and "-" with dots between, at most 253 characters) would be right',
    'subsets[0] is "x" (a string); an object would be right',
    'subsets[1].ports[0].name is "Web"; "" or a DNS label (at most 63 of a-z, 0-9 and "-", no "-" at either end) would be right',
    'subsets[1].ports[0].protocol is "tcp"; TCP, UDP or SCTP would be right',
    'subsets[1].ports[0].port is "80" (a string); a number from 1 to 65535 would be right',
    'subsets[1].ports[1].port is missing; a number from 1 to 65535 would be right',
    'subsets[1].ports[2].port is 0; a number from 1 to 65535 would be right',
    'subsets[1].ports[2].name is "b", as in ports[1]; a name of its own would be right',
    'subsets[1].addresses[0].ip is "10.0.0.256"; an IP address would be right',
    'subsets[1].addresses[0].nodeName is "W"; a DNS name (labels of a-z, 0-9 and "-" with dots between, at most 253 characters) would be right',
    'subsets[1].addresses[0].targetRef is a list; an object would be right',
    'subsets[1].addresses[1].ip is missing; an IP address would be right',
    'subsets[1].notReadyAddresses is an object; a list would be right',
  ])
})
