import t from 'tap'
import { CIDR } from '../../lib/address.ts'
import { entryKey } from '../../lib/model/entry.ts'
import type { EntryName } from '../../lib/model/entry.ts'
import type { BoundListener } from '../../lib/model/listen-address.ts'
import type { Service } from '../../lib/model/objects.ts'
import type { DesiredServicePort, ServicePort } from '../../lib/model/service-port.ts'
import { servicePortsOf } from '../../lib/model/service-ports.ts'
import { noCounts } from '../../lib/relay/counts.ts'
import type { ConnectionInfo, ProxySocketStatus } from '../../lib/relay/data-plane.ts'
import type { VirtualServersOptions } from '../../lib/virtual-servers.ts'
import { virtualServers } from '../../lib/virtual-servers.ts'
import { endpointOf, portOf, serviceOf } from '../fixtures/model-objects.ts'

const one = endpointOf({ address: '10.1.0.2' })
const two = endpointOf({ address: '10.1.0.10' })

const externalIPCIDRs = [CIDR.parse('203.0.113.0/24') as CIDR]

/** All its ways in have one policy. */
function rowOf(fields: Partial<Service> = {}): DesiredServicePort {
  const servicePort = servicePortsOf(serviceOf(fields), { externalIPCIDRs })
    .servicePorts[0] as ServicePort
  const usable = [two, one]
  const [first, ...others] = servicePort.entries.map(({ name }) => ({
    name,
    usable: name === 'internal' ? usable : [one],
    leftOut: [],
    inside: name === 'internal' ? undefined : { usable, leftOut: [] },
  }))
  return { servicePort, entries: [first as DesiredServicePort['entries'][0], ...others] }
}

function socketOf(
  { servicePort }: DesiredServicePort,
  listeners: readonly BoundListener[],
  name: EntryName = 'internal',
): ProxySocketStatus {
  return {
    key: entryKey(servicePort.key, name),
    listeners: listeners.map((listener) => ({ ...listener, error: undefined })),
    counts: noCounts,
  }
}

const connection: ConnectionInfo = {
  id: 1,
  servicePort: 'default/web:http',
  protocol: 'TCP',
  family: 'IPv4',
  client: '10.244.3.4:41234',
  entry: '192.168.77.1:43217',
  entryName: 'internal',
  endpoint: one.key,
  state: 'established',
  attempts: 1,
  ageMs: 0,
  bytesFromClient: 0,
  bytesFromEndpoint: 0,
}

const options: VirtualServersOptions = {
  sockets: [],
  connections: [],
  mode: 'iptables',
  nodeAddresses: ['127.0.0.1', '192.168.77.1', 'fd00::1'],
  scheduler: 'rr',
}

const proxyPort = { role: 'proxy-port', address: '0.0.0.0', port: 43_217 } as const
const nodePort = { role: 'node-port', address: '0.0.0.0', port: 30_080 } as const

/** `way address:port endpoint/weight/active/inactive …` of each. */
function shown(
  rows: readonly DesiredServicePort[],
  given: Partial<VirtualServersOptions>,
): string[] {
  return virtualServers(rows, { ...options, ...given }).map((server) => {
    const { way, address, portNumber, realServers } = server
    const real = realServers.map((real) =>
      [real.address, real.weight, real.activeConnections, real.inactiveConnections].join('/'),
    )
    return [way, `${address}:${portNumber}`, ...real].join(' ')
  })
}

t.test('a ServicePort is shown with its name, its scheduler and its affinity', async (t) => {
  const row = rowOf({ sessionAffinity: { type: 'ClientIP', timeoutSeconds: 10_800 } })
  t.strictSame(virtualServers([row], { ...options, sockets: [socketOf(row, [proxyPort])] }), [
    {
      namespace: 'default',
      name: 'web',
      port: 'http',
      protocol: 'TCP',
      entry: 'internal',
      way: 'cluster-ip',
      address: '10.96.0.10',
      portNumber: 80,
      scheduler: 'rr',
      persistentSeconds: 10_800,
      realServers: [
        {
          address: '10.1.0.2',
          port: 8080,
          weight: 1,
          activeConnections: 0,
          inactiveConnections: 0,
        },
        {
          address: '10.1.0.10',
          port: 8080,
          weight: 1,
          activeConnections: 0,
          inactiveConnections: 0,
        },
      ],
    },
  ])
})

const real = '10.1.0.2/1/0/0 10.1.0.10/1/0/0'

const everywhere: Partial<Service> = {
  type: 'LoadBalancer',
  ports: [portOf({ nodePort: 30_080 })],
  externalIPs: ['203.0.113.7', '198.51.100.7'],
  loadBalancerIngress: [
    { ip: '203.0.113.9', ipMode: 'VIP' },
    { ip: '203.0.113.10', ipMode: 'Proxy' },
  ],
}

t.test('with redirects all that the rules name is an address, and the node ports', async (t) => {
  const row = rowOf(everywhere)
  t.same(shown([row], { sockets: [socketOf(row, [proxyPort, nodePort])] }), [
    `cluster-ip 10.96.0.10:80 ${real}`,
    `node-port 127.0.0.1:30080 ${real}`,
    `node-port 192.168.77.1:30080 ${real}`,
    `external-ip 203.0.113.7:80 ${real}`,
    `load-balancer-ip 203.0.113.9:80 ${real}`,
  ])
})

t.test('without a proxy port nothing leads there', async (t) => {
  const row = rowOf(everywhere)
  t.same(shown([row], {}), [])
  t.same(shown([row], { sockets: [socketOf(row, [{ ...proxyPort, port: 0 }])] }), [])
})

t.test('with AnyIP the portals that are listened on', async (t) => {
  const row = rowOf(everywhere)
  const listeners = [
    { role: 'portal', address: '10.96.0.10', port: 80 },
    { role: 'portal', address: '203.0.113.9', port: 80 },
    { role: 'node-port', address: '192.168.77.1', port: 30_080 },
  ] as const
  t.same(shown([row], { mode: 'anyip', sockets: [socketOf(row, listeners)] }), [
    `cluster-ip 10.96.0.10:80 ${real}`,
    `node-port 192.168.77.1:30080 ${real}`,
    `load-balancer-ip 203.0.113.9:80 ${real}`,
  ])
})

t.test('without portals the place that clients dial', async (t) => {
  const row = rowOf()
  const sockets = [socketOf(row, [{ role: 'proxy-port', address: '127.0.0.1', port: 8080 }])]
  t.same(shown([row], { mode: 'none', sockets }), [`proxy-port 127.0.0.1:8080 ${real}`])
})

t.test('TCP is active until one side has ended, as in the kernel', async (t) => {
  const row = rowOf()
  const states = [
    'dialing',
    'established',
    'established',
    'client-ended',
    'endpoint-ended',
  ] as const
  const connections = states.map((state) => ({ ...connection, state }))
  const nowhere = { ...connection, state: 'dialing', endpoint: '' } as const
  t.same(
    shown([row], {
      sockets: [socketOf(row, [proxyPort])],
      connections: [...connections, nowhere, { ...connection, servicePort: 'default/other' }],
    }),
    ['cluster-ip 10.96.0.10:80 10.1.0.2/1/3/2 10.1.0.10/1/0/0'],
  )
})

t.test('a UDP flow is never active, as in the kernel', async (t) => {
  const row = rowOf({ ports: [portOf({ protocol: 'UDP' })] })
  t.same(
    shown([row], {
      sockets: [socketOf(row, [proxyPort])],
      connections: [{ ...connection, protocol: 'UDP' }],
    }),
    ['cluster-ip 10.96.0.10:80 10.1.0.2/1/0/1 10.1.0.10/1/0/0'],
  )
})

t.test('an endpoint that is gone stays, without weight, for what it still has', async (t) => {
  const row = rowOf()
  const gone = { ...connection, endpoint: '10.1.0.3:8080' }
  t.same(shown([row], { sockets: [socketOf(row, [proxyPort])], connections: [gone] }), [
    'cluster-ip 10.96.0.10:80 10.1.0.2/1/0/0 10.1.0.3/0/1/0 10.1.0.10/1/0/0',
  ])
})

t.test('what dialled an address itself is counted there, and behind a redirect once', async (t) => {
  const row = rowOf(everywhere)
  const given = {
    sockets: [socketOf(row, [proxyPort, { ...nodePort, address: '127.0.0.1' }])],
    connections: [connection, connection, { ...connection, entry: '127.0.0.1:30080' }],
  }
  t.same(shown([row], given), [
    'cluster-ip 10.96.0.10:80 10.1.0.2/1/2/0 10.1.0.10/1/0/0',
    'node-port 127.0.0.1:30080 10.1.0.2/1/1/0 10.1.0.10/1/0/0',
    `external-ip 203.0.113.7:80 ${real}`,
    `load-balancer-ip 203.0.113.9:80 ${real}`,
  ])
})

t.test('an entry with a policy of its own has its own endpoints and counts', async (t) => {
  const row = rowOf({ ...everywhere, externalTrafficPolicy: 'Local' })
  const external = { ...connection, entryName: 'external' as const }
  t.same(
    shown([row], {
      sockets: [
        socketOf(row, [proxyPort]),
        socketOf(
          row,
          [
            { ...proxyPort, port: 43_218 },
            { ...nodePort, address: '192.168.77.1' },
          ],
          'external',
        ),
      ],
      // A client of the node itself got an endpoint of another node.
      connections: [
        connection,
        external,
        { ...external, endpoint: two.key, entry: '192.168.77.1:30080' },
      ],
    }),
    [
      'cluster-ip 10.96.0.10:80 10.1.0.2/1/1/0 10.1.0.10/1/0/0',
      'node-port 192.168.77.1:30080 10.1.0.2/1/0/0 10.1.0.10/1/1/0',
      'external-ip 203.0.113.7:80 10.1.0.2/1/1/0',
      'load-balancer-ip 203.0.113.9:80 10.1.0.2/1/0/0',
    ],
  )
})

t.test('families do not mix, but where a Service has none', async (t) => {
  const services = servicePortsOf(serviceOf({ clusterIPs: ['10.96.0.10', 'fd00:96::10'] }))
  const [ipv4, ipv6] = services.servicePorts.map((servicePort) => {
    const usable = servicePort.family === 'IPv4' ? [one] : []
    return { ...rowOf(), servicePort, entries: [{ ...rowOf().entries[0], usable }] } as const
  })
  if (ipv4 === undefined || ipv6 === undefined) throw new Error('there are two families')
  const over6 = { ...connection, family: 'IPv6', endpoint: '[fd00::1:2:3:4:10]:8080' } as const
  t.same(
    shown([ipv6, ipv4], {
      sockets: [socketOf(ipv4, [proxyPort]), socketOf(ipv6, [{ ...proxyPort, address: '::' }])],
      connections: [connection, over6, { ...over6, endpoint: '[fd00::2]:8080' }],
    }),
    [
      'cluster-ip 10.96.0.10:80 10.1.0.2/1/1/0',
      'cluster-ip fd00:96::10:80 fd00::2/0/1/0 fd00::1:2:3:4:10/0/1/0',
    ],
  )
  const without = rowOf({ clusterIPs: [] })
  t.same(
    shown([without], {
      mode: 'none',
      sockets: [socketOf(without, [{ role: 'proxy-port', address: '::1', port: 80 }])],
      connections: [{ ...connection, family: 'IPv6', entry: '[::1]:80' }],
    }),
    ['proxy-port ::1:80 10.1.0.2/1/1/0 10.1.0.10/1/0/0'],
  )
})

t.test('they are in the order of ipvsadm: family, protocol, address, port', async (t) => {
  const at = (address: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP') => {
    const row = rowOf({ name: `s${port}`, ports: [portOf({ protocol })] })
    return { row, socket: socketOf(row, [{ role: 'proxy-port', address, port }]) }
  }
  const all = [
    at('::1', 1),
    at('10.0.0.10', 2),
    at('10.0.0.2', 30_000),
    at('10.0.0.2', 4),
    at('10.0.0.1', 5, 'UDP'),
    at('fd00::2', 6),
  ]
  const rows = all.map(({ row }) => row)
  const servers = virtualServers(rows, {
    ...options,
    mode: 'none',
    sockets: all.map(({ socket }) => socket),
  })
  t.same(
    servers.map(({ address, portNumber }) => `${address} ${portNumber}`),
    ['10.0.0.2 4', '10.0.0.2 30000', '10.0.0.10 2', '10.0.0.1 5', '::1 1', 'fd00::2 6'],
  )
})
