// What endpoints each entry has is in the table of service-semantics.ts; here is what objects alone do not show.
import t from 'tap'
import { desiredServicePort } from '../../../lib/model/desired-service-port.ts'
import type { ServicePort } from '../../../lib/model/service-port.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import { portOf, serviceOf, sliceOf } from '../../fixtures/model-objects.ts'

const node = { nodeName: 'node-1', zone: undefined }
const service = serviceOf({
  type: 'NodePort',
  ports: [portOf({ nodePort: 30_080 })],
  externalTrafficPolicy: 'Local',
})
const [servicePort] = servicePortsOf(service).servicePorts as readonly [ServicePort]

t.test('an endpoint that is refused is in no list but that of the left out', async (t) => {
  const asked: string[] = []
  const { entries } = desiredServicePort(servicePort, {
    slices: [
      sliceOf([
        { address: '10.0.0.1', nodeName: 'node-1', ready: false },
        { address: '10.0.0.2', nodeName: 'node-1' },
        { address: '10.0.0.3', nodeName: 'node-1' },
      ]),
    ],
    node,
    refusal: ({ address }, protocol) => {
      asked.push(`${address} ${protocol}`)
      return address === '10.0.0.2' ? 'not that one' : undefined
    },
  })
  t.same(asked, ['10.0.0.1 TCP', '10.0.0.2 TCP', '10.0.0.3 TCP'])
  const [internal, external] = entries
  for (const entry of [internal, external]) {
    t.same(
      entry?.usable.map(({ address }) => address),
      ['10.0.0.3'],
    )
    t.strictSame(
      entry?.leftOut.map(({ endpoint, ...rest }) => ({ address: endpoint.address, ...rest })),
      [
        { address: '10.0.0.1', reason: 'not ready' },
        { address: '10.0.0.2', reason: 'not that one', isRefused: true },
      ],
      'sorted, whatever the reason',
    )
  }
  t.equal(internal.inside, undefined)
  t.same(
    external?.inside?.usable.map(({ address }) => address),
    ['10.0.0.3'],
  )
  t.same(
    external?.inside?.leftOut.map(({ endpoint, reason }) => [endpoint.address, reason]),
    [
      ['10.0.0.1', 'not ready'],
      ['10.0.0.2', 'not that one'],
    ],
  )
})

t.test('an endpoint that is refused has no vote on hints or on the fallback', async (t) => {
  const { entries } = desiredServicePort(servicePort, {
    slices: [
      sliceOf([{ address: '10.0.0.1', ready: false, terminating: true }, { address: '10.0.0.2' }]),
    ],
    node,
    refusal: ({ address }) => (address === '10.0.0.2' ? 'not that one' : undefined),
  })
  t.same(
    entries[0].usable.map(({ address }) => address),
    ['10.0.0.1'],
  )
})

t.test('the entries are those of the ServicePort, in its order', async (t) => {
  const { entries, servicePort: same } = desiredServicePort(servicePort, {
    slices: [],
    node,
    refusal: () => undefined,
  })
  t.equal(same, servicePort)
  t.strictSame(entries, [
    { name: 'internal', usable: [], leftOut: [], inside: undefined },
    { name: 'external', usable: [], leftOut: [], inside: { usable: [], leftOut: [] } },
  ])
})
