import t from 'tap'
import type { Endpoint } from '../../lib/model/endpoint.ts'
import type { DesiredServicePort } from '../../lib/model/service-port.ts'
import { endpointStatuses, serviceStatuses } from '../../lib/status.ts'

function endpoint(address: string, changes: Partial<Endpoint> = {}): Endpoint {
  return {
    key: `${address}:8080`,
    address,
    port: 8080,
    ready: true,
    serving: true,
    terminating: false,
    nodeName: undefined,
    zone: undefined,
    targetName: undefined,
    ...changes,
  }
}

const row: DesiredServicePort = {
  servicePort: {
    key: 'default/web:http/TCP/IPv4',
    name: { namespace: 'default', name: 'web', port: 'http', protocol: 'TCP' },
    family: 'IPv4',
    endpointFamilies: ['IPv4'],
    port: 80,
    clusterIP: '10.96.0.10',
    nodePort: 30080,
    externalIPs: [],
    loadBalancerIngress: [],
    sessionAffinity: { type: 'None' },
  },
  usable: [endpoint('10.1.0.1', { targetName: 'pod-1', nodeName: 'node-1' })],
  leftOut: [{ endpoint: endpoint('10.1.0.2', { ready: false }), reason: 'not ready' }],
}

t.test('a ServicePort is shown with what the data plane says of it', async (t) => {
  const listeners = [
    { role: 'proxy-port', address: '127.0.0.1', port: 8080, error: undefined },
  ] as const
  const counts = {
    opened: 3,
    open: 1,
    failed: { 'no-endpoint': 1 },
    closed: { ended: 1 },
    dialAttempts: 2,
    bytesFromClient: 10,
    bytesFromEndpoint: 20,
    datagramsDropped: 0,
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
      counts,
    },
  ])
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
    },
    {
      address: '10.1.0.2',
      isUsable: false,
      reason: 'not ready',
      namespace: 'default',
      port: 'http',
    },
  ])
})
