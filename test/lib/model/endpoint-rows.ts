import t from 'tap'
import { EndpointRows } from '../../../lib/model/endpoint-rows.ts'
import type { DesiredServicePort, ServicePort } from '../../../lib/model/service-port.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import { endpointOf, serviceOf } from '../../fixtures/model-objects.ts'

function rowOf(usable: readonly string[], leftOut: readonly string[] = []): DesiredServicePort {
  return {
    servicePort: servicePortsOf(serviceOf()).servicePorts[0] as ServicePort,
    entries: [
      {
        name: 'internal',
        usable: usable.map((address) => endpointOf(address)),
        leftOut: leftOut.map((address) => ({ endpoint: endpointOf(address), reason: 'not ready' })),
        inside: undefined,
      },
    ],
  }
}

t.test('a row is found by each of its endpoints, usable or not, until it is deleted', async (t) => {
  const rows = new EndpointRows()
  const one = rowOf(['10.0.0.1', '10.0.0.2'])
  const two = rowOf(['10.0.0.2'], ['10.0.0.3'])
  rows.add(one)
  rows.add(two)
  t.same([...rows.get('10.0.0.1:8080')], [one])
  t.equal([...rows.get('10.0.0.2:8080')].length, 2)
  t.ok([...rows.get('10.0.0.3:8080')].includes(two))
  t.equal([...rows.get('10.0.0.4:8080')].length, 0)

  rows.delete(two)
  t.same([...rows.get('10.0.0.2:8080')], [one])
  t.equal([...rows.get('10.0.0.3:8080')].length, 0)
})

t.test('deleting a row that was not added changes nothing', async (t) => {
  const rows = new EndpointRows()
  const one = rowOf(['10.0.0.1'])
  rows.add(one)
  rows.delete(rowOf(['10.0.0.1', '10.0.0.2']))
  t.same([...rows.get('10.0.0.1:8080')], [one])
})
