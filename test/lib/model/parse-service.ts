import t from 'tap'
import { parsed, problemsOf, serviceObject } from '../../fixtures/kubernetes-objects.ts'

const label = 'a DNS label (at most 63 of a-z, 0-9 and "-", no "-" at either end)'
const serviceName = 'a DNS label (at most 63 of a-z, 0-9 and "-", no "-" at either end)'
const anAddress = 'an IP address, "None" or ""'

t.test("the API server's defaults are filled in", async (t) => {
  t.strictSame(parsed(serviceObject()), {
    kind: 'Service',
    namespace: 'default',
    name: 'web',
    labels: {},
    type: 'ClusterIP',
    headless: false,
    clusterIPs: [],
    ports: [{ name: '', protocol: 'TCP', port: 80, nodePort: 0 }],
    externalIPs: [],
    loadBalancerIngress: [],
    sessionAffinity: { type: 'None' },
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    loadBalancerSourceRanges: [],
    healthCheckNodePort: 0,
  })
})

t.test('everything that a proxy uses is read, and nothing else', async (t) => {
  const spec = {
    type: 'LoadBalancer',
    clusterIP: 'FD00::0:1',
    clusterIPs: ['fd00::1', '10.96.0.1'],
    ports: [
      { name: 'http', port: 80, nodePort: 30080, targetPort: 'http', appProtocol: 'h2c' },
      { name: 'dns', port: 80, nodePort: 30080, protocol: 'UDP' },
      { name: 'sctp', port: 80, nodePort: 0, protocol: 'SCTP' },
    ],
    externalIPs: ['198.51.100.7', '2001:DB8::7'],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 86400 } },
    internalTrafficPolicy: 'Local',
    externalTrafficPolicy: 'Local',
    loadBalancerSourceRanges: [' 192.0.2.0/24', '2001:DB8::/32 '],
    healthCheckNodePort: 30999,
    selector: { app: 'web' },
  }
  const status = {
    loadBalancer: {
      ingress: [
        { ip: '203.0.113.9' },
        { ip: '203.0.113.10', ipMode: 'VIP' },
        { ip: '203.0.113.11', ipMode: 'Proxy' },
        { hostname: 'lb.example.com' },
        { ip: '', hostname: 'lb.example.com' },
      ],
    },
  }
  const metadata = { name: 'web', namespace: 'shop', labels: { 'a.b/c': 'd', e: '' } }
  t.strictSame(parsed(serviceObject(spec, { status, metadata })), {
    kind: 'Service',
    namespace: 'shop',
    name: 'web',
    labels: { 'a.b/c': 'd', e: '' },
    type: 'LoadBalancer',
    headless: false,
    clusterIPs: ['fd00::1', '10.96.0.1'],
    ports: [
      { name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 },
      { name: 'dns', protocol: 'UDP', port: 80, nodePort: 30080 },
      { name: 'sctp', protocol: 'SCTP', port: 80, nodePort: 0 },
    ],
    externalIPs: ['198.51.100.7', '2001:db8::7'],
    loadBalancerIngress: [
      { ip: '203.0.113.9', ipMode: 'VIP' },
      { ip: '203.0.113.10', ipMode: 'VIP' },
      { ip: '203.0.113.11', ipMode: 'Proxy' },
    ],
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 86400 },
    internalTrafficPolicy: 'Local',
    externalTrafficPolicy: 'Local',
    loadBalancerSourceRanges: ['192.0.2.0/24', '2001:db8::/32'],
    healthCheckNodePort: 30999,
  })
})

t.test('the fields clusterIP and clusterIPs are two ways to say one thing', async (t) => {
  const clusterIPs = (spec: Record<string, unknown>) => {
    const service = parsed(serviceObject(spec))
    return service.kind === 'Service' && { ips: service.clusterIPs, headless: service.headless }
  }
  t.strictSame(clusterIPs({ clusterIP: '' }), { ips: [], headless: false })
  t.strictSame(clusterIPs({ clusterIP: '', clusterIPs: [] }), { ips: [], headless: false })
  t.strictSame(clusterIPs({ clusterIP: '10.0.0.1' }), { ips: ['10.0.0.1'], headless: false })
  t.strictSame(clusterIPs({ clusterIP: 'None' }), { ips: [], headless: true })
  t.strictSame(clusterIPs({ clusterIP: 'None', clusterIPs: ['None'] }), { ips: [], headless: true })
})

t.test('affinity lasts 10800 seconds where the Service does not say', async (t) => {
  for (const config of [undefined, null, {}, { clientIP: {} }, { clientIP: null }]) {
    const spec = { sessionAffinity: 'ClientIP', sessionAffinityConfig: config }
    t.match(parsed(serviceObject(spec)), {
      sessionAffinity: { type: 'ClientIP', timeoutSeconds: 10800 },
    })
  }
})

t.test('a policy that is null or "", as in old objects, is Cluster', async (t) => {
  for (const policy of [null, '', 'Cluster']) {
    const spec = { internalTrafficPolicy: policy, externalTrafficPolicy: policy }
    t.match(parsed(serviceObject(spec)), {
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
    })
  }
})

t.test('only a headless Service and an ExternalName may lack ports', async (t) => {
  t.strictSame(problemsOf(serviceObject({ ports: null, clusterIP: 'None' })), [])
  t.strictSame(problemsOf(serviceObject({ ports: [], type: 'ExternalName' })), [])
  t.strictSame(problemsOf(serviceObject({ ports: [] })), [
    'spec.ports is empty; at least one port would be right',
  ])
  t.strictSame(problemsOf(serviceObject({}, { spec: null })), [
    'spec.ports is missing; at least one port would be right',
  ])
})

const table: readonly { name: string; spec?: object; fields?: object; problems: string[] }[] = [
  {
    name: 'policies, source ranges and a health check port that are none',
    spec: {
      internalTrafficPolicy: 'local',
      externalTrafficPolicy: 5,
      loadBalancerSourceRanges: ['192.0.2.1', '', 24, '192.0.2.0 /24'],
      healthCheckNodePort: 70_000,
    },
    problems: [
      'spec.internalTrafficPolicy is "local"; Cluster or Local would be right',
      'spec.externalTrafficPolicy is 5 (a number); Cluster or Local would be right',
      'spec.loadBalancerSourceRanges[0] is "192.0.2.1"; a CIDR (192.0.2.0/24) would be right',
      'spec.loadBalancerSourceRanges[1] is ""; a CIDR (192.0.2.0/24) would be right',
      'spec.loadBalancerSourceRanges[2] is 24; a CIDR (192.0.2.0/24) would be right',
      'spec.loadBalancerSourceRanges[3] is "192.0.2.0 /24"; a CIDR (192.0.2.0/24) would be right',
      'spec.healthCheckNodePort is 70000; a number from 0 to 65535 would be right',
    ],
  },
  {
    name: 'metadata of other types',
    fields: { metadata: 'web' },
    problems: ['metadata is "web" (a string); an object would be right'],
  },
  {
    name: 'names that are no DNS labels',
    fields: { metadata: { name: 'Web', namespace: 'a.b' } },
    problems: [
      `metadata.namespace is "a.b"; ${label} would be right`,
      `metadata.name is "Web"; ${serviceName} would be right`,
    ],
  },
  {
    name: 'no name',
    fields: { metadata: { generateName: 'web-' } },
    problems: [`metadata.name is missing; ${serviceName} would be right`],
  },
  {
    name: 'labels that are none',
    fields: { metadata: { name: 'web', labels: { version: 1.2, 'a b': 'c', d: 'e f', g: null } } },
    problems: [
      'metadata.labels.version is 1.2 (a number); "1.2", in quotes, would be right',
      'metadata.labels["a b"] is no label; a label key (a name of at most 63 letters, digits, "-", "_" and ".", before it "DNS name/" or nothing) would be right',
      'metadata.labels.d is "e f"; a label value (at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends) would be right',
    ],
  },
  {
    name: 'labels as a list',
    fields: { metadata: { name: 'web', labels: ['app'] } },
    problems: ['metadata.labels is a list; an object would be right'],
  },
  {
    name: 'an unknown type, and then no more about node ports',
    spec: { type: 'Nodeport', ports: [{ port: 80, nodePort: 30080 }] },
    problems: [
      'spec.type is "Nodeport"; ClusterIP, NodePort, LoadBalancer or ExternalName would be right',
    ],
  },
  {
    name: 'a cluster IP that is none',
    spec: { clusterIP: '010.0.0.1' },
    problems: [`spec.clusterIP is "010.0.0.1"; ${anAddress} would be right`],
  },
  {
    name: 'cluster IPs that are none',
    spec: { clusterIP: 'none', clusterIPs: ['10.0.0', null, 5] },
    problems: [
      `spec.clusterIP is "none"; ${anAddress} would be right`,
      `spec.clusterIPs[0] is "10.0.0"; ${anAddress} would be right`,
      `spec.clusterIPs[1] is missing; ${anAddress} would be right`,
      `spec.clusterIPs[2] is 5 (a number); ${anAddress} would be right`,
    ],
  },
  {
    name: 'a wrong cluster IP in one field only',
    spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.256'] },
    problems: [`spec.clusterIPs[0] is "10.0.0.256"; ${anAddress} would be right`],
  },
  {
    name: 'cluster IPs that disagree',
    spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.2'] },
    problems: ['spec.clusterIPs[0] is "10.0.0.2"; "10.0.0.1", as in clusterIP, would be right'],
  },
  {
    name: 'clusterIPs alone',
    spec: { clusterIPs: ['10.0.0.1'] },
    problems: [
      'spec.clusterIPs is there and clusterIP is not; the first of them in clusterIP would be right',
    ],
  },
  {
    name: 'two cluster IPs of one family',
    spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', '10.0.0.2'] },
    problems: [
      'spec.clusterIPs[1] is "10.0.0.2"; at most one address of each family would be right',
    ],
  },
  {
    name: 'three cluster IPs',
    spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1', 'fd00::2'] },
    problems: [
      'spec.clusterIPs[2] is "fd00::2"; at most one address of each family would be right',
    ],
  },
  {
    name: 'None among cluster IPs',
    spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'None'] },
    problems: ['spec.clusterIPs[1] is "None"; at most one address of each family would be right'],
  },
  {
    name: 'a cluster IP beside None',
    spec: { clusterIP: 'None', clusterIPs: ['None', '10.0.0.1'] },
    problems: [
      'spec.clusterIPs[1] is "10.0.0.1"; at most one address of each family would be right',
    ],
  },
  {
    name: 'ports of other types',
    spec: { ports: { port: 80 } },
    problems: ['spec.ports is an object; a list would be right'],
  },
  {
    name: 'a port that is no object',
    spec: { ports: [80] },
    problems: ['spec.ports[0] is 80 (a number); an object would be right'],
  },
  {
    name: 'port numbers that are none',
    spec: {
      ports: [
        { name: 'a', port: 0 },
        { name: 'b', port: 65536 },
        { name: 'c', port: 1.5 },
        { name: 'd', port: '80' },
        { name: 'e' },
      ],
    },
    problems: [
      'spec.ports[0].port is 0; a number from 1 to 65535 would be right',
      'spec.ports[1].port is 65536; a number from 1 to 65535 would be right',
      'spec.ports[2].port is 1.5; a whole number from 1 to 65535 would be right',
      'spec.ports[3].port is "80" (a string); a number from 1 to 65535 would be right',
      'spec.ports[4].port is missing; a number from 1 to 65535 would be right',
    ],
  },
  {
    name: 'ports without names, where there are more than one',
    spec: { ports: [{ port: 80 }, { name: '', port: 81 }, { name: 'c', port: 82 }] },
    problems: [
      'spec.ports[0].name is missing; a name for each of the 3 ports would be right',
      'spec.ports[1].name is ""; a name for each of the 3 ports would be right',
    ],
  },
  {
    name: 'port names that are none',
    spec: {
      ports: [
        { name: 'HTTP', port: 80 },
        { name: 80, port: 81 },
      ],
    },
    problems: [
      `spec.ports[0].name is "HTTP"; "" or ${label} would be right`,
      'spec.ports[1].name is 80 (a number); "80", in quotes, would be right',
    ],
  },
  {
    name: 'repeated names, numbers and node ports',
    spec: {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80, nodePort: 30080 },
        { name: 'a', port: 81 },
        { name: 'c', port: 80, nodePort: 30080 },
        { name: 'd', port: 80, nodePort: 30080, protocol: 'UDP' },
      ],
    },
    problems: [
      'spec.ports[1].name is "a", as in ports[0]; a name of its own would be right',
      'spec.ports[2].port is 80/TCP, as in ports[0]; a number of its own would be right',
      'spec.ports[2].nodePort is 30080/TCP, as in ports[0]; a number of its own would be right',
    ],
  },
  {
    name: 'protocols that are none, and then no more about repeated ports',
    spec: {
      ports: [
        { name: 'a', port: 80, protocol: 'tcp' },
        { name: 'b', port: 80, protocol: 'HTTP' },
      ],
    },
    problems: [
      'spec.ports[0].protocol is "tcp"; TCP, UDP or SCTP would be right',
      'spec.ports[1].protocol is "HTTP"; TCP, UDP or SCTP would be right',
    ],
  },
  {
    name: 'a node port in a Service of type ClusterIP',
    spec: { ports: [{ port: 80, nodePort: 30080 }] },
    problems: [
      'spec.ports[0].nodePort is 30080 in a Service of type ClusterIP; type NodePort would be right',
    ],
  },
  {
    name: 'node ports that are none',
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort: -1 }] },
    problems: ['spec.ports[0].nodePort is -1; a number from 0 to 65535 would be right'],
  },
  {
    name: 'external IPs that are none',
    spec: { externalIPs: ['198.51.100.0/24', null] },
    problems: [
      'spec.externalIPs[0] is "198.51.100.0/24"; an IP address would be right',
      'spec.externalIPs[1] is missing; an IP address would be right',
    ],
  },
  {
    name: 'a load balancer that is none',
    fields: { status: { loadBalancer: { ingress: [{ ip: 'lb', ipMode: 'vip' }, 'x'] } } },
    problems: [
      'status.loadBalancer.ingress[0].ip is "lb"; an IP address would be right',
      'status.loadBalancer.ingress[0].ipMode is "vip"; VIP or Proxy would be right',
      'status.loadBalancer.ingress[1] is "x" (a string); an object would be right',
    ],
  },
  {
    name: 'session affinity that is none',
    spec: { sessionAffinity: 'clientIP', sessionAffinityConfig: { clientIP: {} } },
    problems: ['spec.sessionAffinity is "clientIP"; None or ClientIP would be right'],
  },
  {
    name: 'a timeout that is none',
    spec: {
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } },
    },
    problems: [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds is 86401; a number from 1 to 86400 would be right',
    ],
  },
  {
    name: 'a timeout for no affinity',
    spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } },
    problems: [
      'spec.sessionAffinityConfig is there without its policy; sessionAffinity: ClientIP would be right',
    ],
  },
]

for (const { name, spec = {}, fields = {}, problems } of table) {
  t.test(`refused: ${name}`, async (t) => {
    t.strictSame(problemsOf(serviceObject({ ...spec }, { ...fields })), problems)
  })
}
