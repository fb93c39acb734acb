import t from 'tap'
import { connectionStatuses } from '../../lib/connection-status.ts'
import type { DesiredServicePort, ServicePort } from '../../lib/model/service-port.ts'
import { servicePortsOf } from '../../lib/model/service-ports.ts'
import type { ConnectionInfo } from '../../lib/relay/data-plane.ts'
import { endpointOf, serviceOf } from '../fixtures/model-objects.ts'

const one = endpointOf({ address: '10.1.0.1' })
const two = endpointOf({ address: '10.1.0.2' })
const row: DesiredServicePort = {
  servicePort: servicePortsOf(serviceOf()).servicePorts[0] as ServicePort,
  entries: [
    { name: 'internal', usable: [one], leftOut: [], inside: undefined },
    { name: 'external', usable: [], leftOut: [], inside: { usable: [two], leftOut: [] } },
  ],
}

const connection: ConnectionInfo = {
  id: 1,
  servicePort: 'default/web:http',
  protocol: 'TCP',
  family: 'IPv4',
  client: '10.244.3.4:41234',
  entry: '10.96.0.10:80',
  entryName: 'internal',
  endpoint: one.key,
  state: 'established',
  attempts: 1,
  ageMs: 0,
  bytesFromClient: 0,
  bytesFromEndpoint: 0,
}

const rows: readonly (readonly [string, Partial<ConnectionInfo>, string | undefined])[] = [
  ['to a usable endpoint', {}, undefined],
  ['to one that only clients of this node get', { endpoint: two.key }, undefined],
  ['that has none yet', { endpoint: '', state: 'dialing' }, undefined],
  ['to an endpoint that is gone', { endpoint: '10.1.0.3:8080' }, 'endpoint-removed'],
  ['of a ServicePort that is gone', { servicePort: 'default/db' }, 'endpoint-removed'],
  ['of another protocol', { protocol: 'UDP' }, 'endpoint-removed'],
]

for (const [what, fields, draining] of rows) {
  t.test(`a connection ${what} is ${draining ?? 'not draining'}`, async (t) => {
    const info = { ...connection, ...fields }
    t.strictSame(connectionStatuses([info], [row], { isClosing: false }), [
      { ...info, ...(draining && { draining }) },
    ])
  })
}

t.test('where the proxy is closing, all are', async (t) => {
  t.strictSame(connectionStatuses([connection], [row], { isClosing: true }), [
    { ...connection, draining: 'closing' },
  ])
})
