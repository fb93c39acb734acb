import t from 'tap'
import type { DesiredServicePort, ServicePort } from '../../lib/model/service-port.ts'
import { servicePortsOf } from '../../lib/model/service-ports.ts'
import { noCounts } from '../../lib/relay/counts.ts'
import { endpointStatuses, serviceStatuses } from '../../lib/status.ts'
import { endpointOf, portOf, serviceOf } from '../fixtures/model-objects.ts'

const one = endpointOf({ address: '10.1.0.1', targetName: 'pod-1', nodeName: 'node-1' })
const two = endpointOf({ address: '10.1.0.2', ready: false })

const row: DesiredServicePort = {
  servicePort: servicePortsOf(serviceOf({ ports: [portOf({ nodePort: 30_080 })] }))
    .servicePorts[0] as ServicePort,
  entries: [
    {
      name: 'internal',
      usable: [one],
      leftOut: [{ endpoint: two, reason: 'not ready' }],
      inside: undefined,
    },
  ],
}

/** The same with a policy and source ranges of its own for each way in. */
const split = servicePortsOf(
  serviceOf({
    type: 'LoadBalancer',
    ports: [portOf({ nodePort: 30_080 })],
    externalTrafficPolicy: 'Local',
    loadBalancerIngress: [{ ip: '203.0.113.9', ipMode: 'VIP' }],
    loadBalancerSourceRanges: ['192.0.2.0/24'],
  }),
).servicePorts[0] as ServicePort
const other = endpointOf({ address: '10.1.0.3', nodeName: 'node-2' })
const elsewhere = { endpoint: other, reason: 'on another node' }
const inside = { usable: [one, other], leftOut: [] }
const local = { usable: [one], leftOut: [elsewhere], inside }
const splitRow: DesiredServicePort = {
  servicePort: split,
  entries: [
    { name: 'internal', usable: [one, other], leftOut: [], inside: undefined },
    { name: 'external', ...local },
    { name: 'load-balancer', ...local, usable: [] },
  ],
}

t.test('a ServicePort is shown with what the data plane says of it', async (t) => {
  const listeners = [
    { role: 'proxy-port', address: '127.0.0.1', port: 8080, error: undefined },
  ] as const
  const counts = {
    ...noCounts,
    opened: 3,
    open: 1,
    failed: { 'no-endpoint': 1 },
    closed: { ended: 1 },
    dialAttempts: 2,
    bytesFromClient: 10,
    bytesFromEndpoint: 20,
  }
  t.same(serviceStatuses([row], [{ key: row.servicePort.key, listeners, counts }]), [
    {
      namespace: 'default',
      name: 'web',
      port: 'http',
      protocol: 'TCP',
      family: 'IPv4',
      clusterIP: '10.96.0.10',
      portNumber: 80,
      nodePort: 30080,
      sessionAffinity: { type: 'None' },
      listeners,
      endpoints: { usable: 1, total: 2 },
      entries: [
        {
          name: 'internal',
          ways: ['cluster-ip', 'external-ip', 'load-balancer-ip', 'node-port'],
          trafficPolicy: 'Cluster',
          sourceRanges: null,
          usable: 1,
        },
      ],
      counts,
    },
  ])
})

t.test('the proxy sockets of all entries are one row: their listeners and counts', async (t) => {
  const listener = { role: 'proxy-port', address: '127.0.0.1', error: undefined } as const
  const counts = {
    ...noCounts,
    opened: 1,
    open: 0,
    failed: {},
    closed: {},
    dialAttempts: 1,
    bytesFromClient: 1,
    bytesFromEndpoint: 2,
  }
  const key = split.key
  const [status] = serviceStatuses(
    [splitRow],
    [
      { key, listeners: [{ ...listener, port: 1 }], counts: { ...counts, closed: { ended: 1 } } },
      {
        key: `${key}/load-balancer`,
        listeners: [{ ...listener, port: 2 }],
        counts: { ...counts, failed: { 'source-range': 1 } },
      },
      { key: 'default/other:/TCP/IPv4', listeners: [{ ...listener, port: 3 }], counts },
    ],
  )
  t.strictSame(
    status?.listeners.map(({ port }) => port),
    [1, 2],
  )
  t.match(status, {
    endpoints: { usable: 2, total: 2 },
    counts: {
      opened: 2,
      open: 0,
      closed: { ended: 1 },
      failed: { 'source-range': 1 },
      bytesFromEndpoint: 4,
    },
  })
  t.strictSame(status?.entries, [
    {
      name: 'internal',
      ways: ['cluster-ip'],
      trafficPolicy: 'Cluster',
      sourceRanges: null,
      usable: 2,
    },
    {
      name: 'external',
      ways: ['external-ip', 'node-port'],
      trafficPolicy: 'Local',
      sourceRanges: null,
      usable: 1,
    },
    {
      name: 'load-balancer',
      ways: ['load-balancer-ip'],
      trafficPolicy: 'Local',
      sourceRanges: ['192.0.2.0/24'],
      usable: 0,
    },
  ])
})

t.test('an endpoint is shown with the entries by which it is used', async (t) => {
  t.strictSame(
    endpointStatuses([splitRow]).map(({ address, isUsable, usableBy, leftOutBy }) => [
      address,
      isUsable,
      usableBy,
      leftOutBy.map(({ entry, reason }) => `${entry}: ${reason}`),
    ]),
    [
      ['10.1.0.1', true, ['internal', 'external'], []],
      [
        '10.1.0.3',
        true,
        ['internal'],
        ['external: on another node', 'load-balancer: on another node'],
      ],
    ],
  )
})

t.test('one that the data plane does not know yet counts nothing', async (t) => {
  t.match(serviceStatuses([row], []), [
    { listeners: [], counts: { opened: 0, open: 0, failed: {}, closed: {} } },
  ])
})

t.test('endpoints are shown with the reason why they are left out', async (t) => {
  t.match(endpointStatuses([row]), [
    {
      address: '10.1.0.1',
      endpointPort: 8080,
      targetName: 'pod-1',
      nodeName: 'node-1',
      isUsable: true,
      reason: '',
      usableBy: ['internal'],
      leftOutBy: [],
    },
    {
      address: '10.1.0.2',
      isUsable: false,
      reason: 'not ready',
      usableBy: [],
      leftOutBy: [{ entry: 'internal', reason: 'not ready' }],
      namespace: 'default',
      port: 'http',
    },
  ])
})
