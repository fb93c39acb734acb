import t from 'tap'
import type { Service } from '../../lib/model/objects.ts'
import { desiredServicePort } from '../../lib/model/desired-service-port.ts'
import type { DesiredServicePort, ServicePort } from '../../lib/model/service-port.ts'
import { servicePortsOf } from '../../lib/model/service-ports.ts'
import { proxySocketSpecs } from '../../lib/proxy-socket-specs.ts'
import { portOf, serviceOf, sliceOf } from '../fixtures/model-objects.ts'

const key = 'default/web:http/TCP/IPv4'
const nodeClients = { addresses: ['192.0.2.1'], cidrs: ['10.244.0.0/16', '192.0.2.1/32'] }
const balanced: Partial<Service> = {
  type: 'LoadBalancer',
  ports: [portOf({ nodePort: 30_080 })],
  loadBalancerIngress: [
    { ip: '203.0.113.9', ipMode: 'VIP' },
    { ip: '203.0.113.10', ipMode: 'Proxy' },
  ],
}

function rowOf(fields: Partial<Service>): DesiredServicePort {
  return desiredServicePort(servicePortsOf(serviceOf(fields)).servicePorts[0] as ServicePort, {
    slices: [sliceOf([{ address: '10.0.0.1', nodeName: 'node-1' }, '10.0.0.2'])],
    node: { nodeName: 'node-1', zone: undefined },
    refusal: () => undefined,
  })
}

function specsOf(fields: Partial<Service>, clients = nodeClients) {
  return proxySocketSpecs(rowOf(fields), {
    listenAddresses: (_servicePort, { name }) => [
      { role: 'proxy-port', address: `for ${name}`, ports: [0] },
    ],
    nodeClients: clients,
  })
}

const one = { key: '10.0.0.1:8080', address: '10.0.0.1', port: 8080 }
const two = { key: '10.0.0.2:8080', address: '10.0.0.2', port: 8080 }

t.test('a ServicePort with one policy is one proxy socket', async (t) => {
  const sessionAffinity = { type: 'ClientIP', timeoutSeconds: 60 } as const
  t.strictSame(specsOf({ sessionAffinity }), [
    {
      key,
      servicePort: 'default/web:http',
      protocol: 'TCP',
      listen: [{ role: 'proxy-port', address: 'for internal', ports: [0] }],
      endpoints: [one, two],
      sessionAffinity,
      sourceRanges: undefined,
      inside: undefined,
    },
  ])
})

t.test(
  'each entry is a proxy socket; clients of the node have endpoints of their own',
  async (t) => {
    const specs = specsOf({
      ...balanced,
      externalTrafficPolicy: 'Local',
      loadBalancerSourceRanges: ['198.51.100.0/24'],
    })
    t.strictSame(
      specs.map((spec) => [spec.key, spec.listen[0]?.address, spec.endpoints, spec.inside]),
      [
        [key, 'for internal', [one, two], undefined],
        [
          `${key}/external`,
          'for external',
          [one],
          { cidrs: nodeClients.cidrs, endpoints: [one, two] },
        ],
        [
          `${key}/load-balancer`,
          'for load-balancer',
          [one],
          { cidrs: nodeClients.cidrs, endpoints: [one, two] },
        ],
      ],
    )
    t.strictSame(structuredClone(specs), specs, 'plain data: it may go to another thread')
  },
)

t.test('where the node itself may come in, so may its load-balancer IPs', async (t) => {
  const ipv6 = { addresses: ['192.0.2.1', '2001:db8::1'], cidrs: [] }
  const rows = [
    { name: 'no ranges', ranges: [], expected: undefined },
    { name: 'the node is in none', ranges: ['10.0.0.0/8'], expected: ['10.0.0.0/8'] },
    {
      name: 'the node is in one, and ipMode Proxy is left alone',
      ranges: ['10.0.0.0/8', '192.0.2.0/24'],
      expected: ['10.0.0.0/8', '192.0.2.0/24', '203.0.113.9/32'],
    },
    {
      name: 'the second address of the node',
      ranges: ['198.51.100.0/24'],
      clients: { ...nodeClients, addresses: ['192.0.2.1', '198.51.100.1'] },
      expected: ['198.51.100.0/24', '203.0.113.9/32'],
    },
    {
      name: 'a node without addresses',
      ranges: ['0.0.0.0/0'],
      clients: { addresses: [], cidrs: [] },
      expected: ['0.0.0.0/0'],
    },
    {
      name: 'ranges of the other family admit nobody',
      ranges: ['::/0'],
      clients: ipv6,
      expected: [],
    },
  ]
  for (const { name, ranges, expected, clients } of rows) {
    const specs = specsOf({ ...balanced, loadBalancerSourceRanges: ranges }, clients)
    t.strictSame(specs.at(-1)?.sourceRanges, expected, name)
    t.equal(specs[0]?.sourceRanges, undefined, name)
  }
  const [, spec] = specsOf(
    {
      ...balanced,
      clusterIPs: ['fd00::a'],
      loadBalancerIngress: [{ ip: '2001:db8:1::9', ipMode: 'VIP' }],
      loadBalancerSourceRanges: ['2001:db8::/64'],
    },
    ipv6,
  )
  t.strictSame(spec?.sourceRanges, ['2001:db8::/64', '2001:db8:1::9/128'])
})
