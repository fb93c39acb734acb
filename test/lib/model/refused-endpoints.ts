import t from 'tap'
import { DesiredState } from '../../../lib/model/desired-state.ts'
import { RefusedEndpoints } from '../../../lib/model/refused-endpoints.ts'
import { portOf, serviceOf, sliceOf } from '../../fixtures/model-objects.ts'

t.test('endpoints are told when they begin to be refused', async (t) => {
  const desired = new DesiredState()
  const refused = new RefusedEndpoints()
  const update = (): string[] =>
    refused
      .update(desired.takeChanges())
      .flatMap(({ name, endpoints }) =>
        endpoints.map(({ endpoint, reason }) => `${name.name} ${endpoint.address} ${reason}`),
      )
  desired.set(serviceOf())
  t.same(update(), [])
  desired.set(sliceOf(['10.0.0.1', '127.0.0.1', '169.254.1.1']))
  t.same(update(), [
    'web 127.0.0.1 loopback address: never dialled',
    'web 169.254.1.1 link-local address: never dialled',
  ])
  desired.set(sliceOf(['10.0.0.2', '127.0.0.1', '127.0.0.2']))
  t.same(update(), ['web 127.0.0.2 loopback address: never dialled'])
  t.same(update(), [], 'nothing has changed')
  desired.set(sliceOf(['10.0.0.2']))
  t.same(update(), [])
  desired.set(sliceOf(['127.0.0.1']))
  t.same(update(), ['web 127.0.0.1 loopback address: never dialled'], 'it was gone')
  desired.delete({ kind: 'Service', namespace: 'default', name: 'web' })
  t.same(update(), [])
  desired.set(serviceOf())
  t.same(update(), ['web 127.0.0.1 loopback address: never dialled'], 'the Service was gone')
})

t.test('an endpoint that becomes a loop is one of them', async (t) => {
  const desired = new DesiredState()
  const refused = new RefusedEndpoints()
  desired.set(serviceOf())
  desired.set(sliceOf(['10.96.0.99']))
  t.same(refused.update(desired.takeChanges()), [])
  desired.set(
    serviceOf({ name: 'other', clusterIPs: ['10.96.0.99'], ports: [portOf({ port: 8080 })] }),
  )
  t.match(refused.update(desired.takeChanges()), [
    { name: { name: 'web' }, endpoints: [{ reason: 'is a portal of this proxy: would loop' }] },
  ])
})
