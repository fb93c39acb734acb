import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import { portOf, serviceOf } from '../../fixtures/model-objects.ts'

const anyExternalIP = {
  externalIPCIDRs: [CIDR.parse('0.0.0.0/0') as CIDR, CIDR.parse('::/0') as CIDR],
}

t.test('a ServicePort says all that its Service promises for it', async (t) => {
  const service = serviceOf({
    type: 'LoadBalancer',
    ports: [portOf({ nodePort: 30080 })],
    externalIPs: ['192.0.2.1'],
    loadBalancerIngress: [{ ip: '203.0.113.1', ipMode: 'VIP' }],
    sessionAffinity: { type: 'ClientIP', timeoutSeconds: 60 },
  })
  t.strictSame(servicePortsOf(service, anyExternalIP), {
    servicePorts: [
      {
        key: 'default/web:http/TCP/IPv4',
        name: { namespace: 'default', name: 'web', port: 'http', protocol: 'TCP' },
        family: 'IPv4',
        endpointFamilies: ['IPv4'],
        port: 80,
        clusterIP: '10.96.0.10',
        nodePort: 30080,
        externalIPs: ['192.0.2.1'],
        loadBalancerIngress: [{ ip: '203.0.113.1', ipMode: 'VIP' }],
        sessionAffinity: { type: 'ClientIP', timeoutSeconds: 60 },
        entries: [
          {
            name: 'internal',
            ways: ['cluster-ip', 'external-ip', 'load-balancer-ip', 'node-port'],
            trafficPolicy: 'Cluster',
            sourceRanges: undefined,
          },
        ],
      },
    ],
    notProxied: [],
  })
})

t.test('each port is a ServicePort in each family of its cluster IPs', async (t) => {
  const ports = [portOf(), portOf({ name: 'dns', protocol: 'UDP', port: 53 })]
  for (const [clusterIPs, keys] of [
    [['10.96.0.10'], ['http/TCP/IPv4', 'dns/UDP/IPv4']],
    [['fd00::a'], ['http/TCP/IPv6', 'dns/UDP/IPv6']],
    [
      ['fd00::a', '10.96.0.10'],
      ['http/TCP/IPv4', 'http/TCP/IPv6', 'dns/UDP/IPv4', 'dns/UDP/IPv6'],
    ],
  ] as const) {
    const { servicePorts } = servicePortsOf(serviceOf({ clusterIPs, ports }), anyExternalIP)
    t.strictSame(
      servicePorts.map(({ key }) => key),
      keys.map((key) => `default/web:${key}`),
    )
  }
})

t.test('addresses go to the ServicePort of their family', async (t) => {
  const { servicePorts } = servicePortsOf(
    serviceOf({
      clusterIPs: ['10.96.0.10', 'fd00::a'],
      externalIPs: ['2001:db8::1', '192.0.2.1'],
      loadBalancerIngress: [
        { ip: '203.0.113.1', ipMode: 'Proxy' },
        { ip: '2001:db8::2', ipMode: 'VIP' },
      ],
    }),
    anyExternalIP,
  )
  t.match(servicePorts, [
    {
      family: 'IPv4',
      endpointFamilies: ['IPv4'],
      clusterIP: '10.96.0.10',
      externalIPs: ['192.0.2.1'],
      loadBalancerIngress: [{ ip: '203.0.113.1', ipMode: 'Proxy' }],
    },
    {
      family: 'IPv6',
      endpointFamilies: ['IPv6'],
      clusterIP: 'fd00::a',
      externalIPs: ['2001:db8::1'],
      loadBalancerIngress: [{ ip: '2001:db8::2', ipMode: 'VIP' }],
    },
  ])
  t.strictSame(
    servicePorts.map(({ externalIPs, loadBalancerIngress }) => [
      externalIPs.length,
      loadBalancerIngress.length,
    ]),
    [
      [1, 1],
      [1, 1],
    ],
  )
})

t.test(
  'a Service that was never sent to a cluster is proxied once, to endpoints of any family',
  async (t) => {
    const { servicePorts } = servicePortsOf(
      serviceOf({
        clusterIPs: [],
        externalIPs: ['2001:db8::1', '192.0.2.1'],
        loadBalancerIngress: [{ ip: '2001:db8::2', ipMode: 'VIP' }],
      }),
      anyExternalIP,
    )
    t.equal(servicePorts.length, 1)
    t.match(servicePorts[0], { key: 'default/web:http/TCP/IPv4', family: 'IPv4' })
    t.equal(servicePorts[0]?.clusterIP, undefined)
    t.strictSame(servicePorts[0]?.endpointFamilies, ['IPv4', 'IPv6'])
    t.strictSame(servicePorts[0]?.externalIPs, ['192.0.2.1'])
    t.strictSame(servicePorts[0]?.loadBalancerIngress, [])
  },
)

t.test('what cannot be proxied is listed with the reason', async (t) => {
  const rows = [
    {
      service: serviceOf({ headless: true, clusterIPs: [] }),
      reason: 'headless Service: its clients dial the endpoints themselves',
    },
    {
      // An old cluster IP may still be there.
      service: serviceOf({ type: 'ExternalName' }),
      reason: 'ExternalName: a DNS alias, there is nothing to proxy',
    },
    { service: serviceOf({ ports: [] }), reason: 'no ports: there is nothing to listen on' },
  ]
  for (const { service, reason } of rows) {
    t.strictSame(servicePortsOf(service, anyExternalIP), {
      servicePorts: [],
      notProxied: [{ namespace: 'default', name: 'web', port: undefined, reason }],
    })
  }
})

t.test('an SCTP port is left out, and the others of its Service are not', async (t) => {
  const ports = [portOf(), portOf({ name: 'sig', protocol: 'SCTP', port: 3868 })]
  const { servicePorts, notProxied } = servicePortsOf(serviceOf({ ports }), anyExternalIP)
  t.strictSame(
    servicePorts.map(({ key }) => key),
    ['default/web:http/TCP/IPv4'],
  )
  t.strictSame(notProxied, [
    { namespace: 'default', name: 'web', port: 'sig', reason: 'SCTP: Node has no socket for it' },
  ])
})

t.test('external IPs are dropped unless a CIDR allows them', async (t) => {
  const service = serviceOf({ externalIPs: ['198.51.100.7', '203.0.113.9'] })
  t.same(servicePortsOf(service).servicePorts[0]?.externalIPs, [])
  const allowed = servicePortsOf(service, {
    externalIPCIDRs: [CIDR.parse('198.51.100.0/24') as CIDR],
  })
  t.same(allowed.servicePorts[0]?.externalIPs, ['198.51.100.7'])
})
