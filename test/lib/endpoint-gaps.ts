import t from 'tap'
import { endpointGaps } from '../../lib/endpoint-gaps.ts'
import { DesiredState } from '../../lib/model/desired-state.ts'
import type { Service, SliceEndpoint } from '../../lib/model/objects.ts'
import { portOf, serviceOf, sliceOf } from '../fixtures/model-objects.ts'

/** For `node-1`, of one Service with these endpoints. */
function gapsOf(
  service: Partial<Service>,
  endpoints: readonly (string | Partial<SliceEndpoint>)[],
) {
  const desired = new DesiredState({ nodeName: 'node-1' })
  desired.set(serviceOf(service))
  desired.set(sliceOf(endpoints))
  desired.takeChanges()
  return endpointGaps(desired.servicePorts())
}

/** `internal external` of IPv4. */
function noLocalOf(
  service: Partial<Service>,
  endpoints: readonly (string | Partial<SliceEndpoint>)[],
) {
  const { noLocal } = gapsOf(service, endpoints)
  t.strictSame(
    noLocal.filter(({ family, count }) => family === 'IPv6' && count > 0),
    [],
  )
  return noLocal.filter(({ family }) => family === 'IPv4').map(({ count }) => count)
}

const elsewhere = { address: '10.0.0.1', nodeName: 'node-2' }
const here = { address: '10.0.0.2', nodeName: 'node-1' }
const local = 'Local' as const
const external: Partial<Service> = {
  type: 'LoadBalancer',
  externalTrafficPolicy: local,
  ports: [portOf({ nodePort: 30_080 })],
  loadBalancerIngress: [{ ip: '203.0.113.9', ipMode: 'VIP' }],
}

t.test('a policy Local without an endpoint here, and with one elsewhere, is a gap', async (t) => {
  const internal = { internalTrafficPolicy: local }
  const rows = [
    ['Cluster', {}, [elsewhere], [0, 0]],
    ['internal', internal, [elsewhere], [1, 0]],
    ['one is here', internal, [elsewhere, here], [0, 0]],
    ['there is none at all', internal, [], [0, 0]],
    ['that one is not ready', internal, [{ ...elsewhere, ready: false }], [0, 0]],
    ['it drains', internal, [{ ...elsewhere, ready: false, terminating: true }], [1, 0]],
    ['external', external, [elsewhere], [0, 1]],
    [
      'with ranges too',
      { ...external, loadBalancerSourceRanges: ['192.0.2.0/24'] },
      [elsewhere],
      [0, 1],
    ],
    ['both', { ...external, ...internal }, [elsewhere], [1, 1]],
    ['never dialled', internal, [{ address: '127.0.0.1', nodeName: 'node-2' }], [0, 0]],
  ] as const
  for (const [name, service, endpoints, counts] of rows) {
    t.strictSame(noLocalOf(service, endpoints), counts, name)
  }
})

t.test('endpoints that are refused are counted, once for each ServicePort', async (t) => {
  t.equal(gapsOf({}, ['10.0.0.1', '127.0.0.1', '169.254.0.1']).refused, 2)
  t.equal(gapsOf(external, ['127.0.0.1']).refused, 1, 'and not for each entry')
})
