import t from 'tap'
import { isEmpty, isHintedAt, newEntry, slicesOf } from '../../../lib/model/service-entry.ts'
import { endpointsOf, serviceOf, sliceOf } from '../../fixtures/model-objects.ts'

t.test('an entry is empty until any of its objects is there', async (t) => {
  t.ok(isEmpty(newEntry('default/web')))
  const slice = sliceOf(['10.0.0.1'])
  t.notOk(isEmpty({ ...newEntry('default/web'), service: serviceOf() }))
  t.notOk(isEmpty({ ...newEntry('default/web'), endpoints: endpointsOf([slice], 'web') }))
  t.notOk(isEmpty({ ...newEntry('default/web'), slices: new Map([['web-1', slice]]) }))
})

t.test('slices win over Endpoints', async (t) => {
  const [older, newer] = [sliceOf(['10.0.0.1']), sliceOf(['10.0.0.2'])]
  const entry = { ...newEntry('default/web'), endpoints: endpointsOf([older], 'web') }
  t.same(slicesOf(entry), [older])
  t.same(slicesOf({ ...entry, slices: new Map([['web-1', newer]]) }), [newer])
  t.same(slicesOf(newEntry('default/web')), [])
})

t.test('a hint of any endpoint makes the zone matter', async (t) => {
  const entry = newEntry('default/web')
  const slice = sliceOf(['10.0.0.1', '10.0.0.2'])
  t.notOk(isHintedAt({ ...entry, slices: new Map([['web-1', slice]]) }))
  const endpoints = slice.endpoints.map((endpoint, index) =>
    index === 1 ? { ...endpoint, forZones: ['east'] } : endpoint,
  )
  const hinted = { ...slice, endpoints }
  t.ok(isHintedAt({ ...entry, slices: new Map([['web-1', hinted]]) }))
})
