import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { isLocal, usableEndpoints } from '../../../lib/model/usable-endpoints.ts'
import { endpointOf } from '../../fixtures/model-objects.ts'

const node = { nodeName: 'node-1', zone: 'zone-a' }
const ready = { ready: true, serving: true, terminating: false }
const notReady = { ready: false, serving: false, terminating: false }
const draining = { ready: false, serving: true, terminating: true }
const dying = { ready: false, serving: false, terminating: true }
/** publishNotReadyAddresses: ready whatever else holds. */
const published = { ready: true, serving: false, terminating: true }

t.test('the ready ones, else those that terminate and serve', async (t) => {
  const rows = [
    { name: 'none', given: [], usable: [], reasons: [] },
    { name: 'all ready', given: [ready, ready], usable: [0, 1], reasons: [] },
    {
      name: 'one ready leaves no other',
      given: [draining, ready, notReady, dying],
      usable: [1],
      reasons: ['terminating', 'not ready', 'not ready'],
    },
    {
      name: 'none ready',
      given: [notReady, draining, dying, draining],
      usable: [1, 3],
      reasons: ['not ready', 'not ready'],
    },
    {
      name: 'none that serves',
      given: [notReady, dying],
      usable: [],
      reasons: ['not ready', 'not ready'],
    },
    { name: 'published', given: [published, draining], usable: [0], reasons: ['terminating'] },
  ]
  for (const { name, given, usable, reasons } of rows) {
    const endpoints = given.map((state, index) =>
      endpointOf({ ...state, address: `10.0.0.${index}` }),
    )
    const choice = usableEndpoints(endpoints, 'Cluster', node)
    t.strictSame(
      choice.usable.map((endpoint) => endpoints.indexOf(endpoint)),
      usable,
      name,
    )
    t.strictSame(
      choice.leftOut.map(({ reason }) => reason),
      reasons,
      name,
    )
  }
})

t.test('Local: those here that are ready, else those here that terminate and serve', async (t) => {
  const here = { nodeName: 'node-1' }
  const rows = [
    { name: 'none here', given: [ready, draining], usable: [], reasons: 2 },
    { name: 'one here', given: [{ ...ready, ...here }, ready], usable: [0], reasons: 1 },
    { name: 'one drains here', given: [{ ...draining, ...here }, ready], usable: [0], reasons: 1 },
    {
      name: 'one is ready and one drains here',
      given: [
        { ...ready, ...here },
        { ...draining, ...here },
      ],
      usable: [0],
      reasons: 1,
    },
  ]
  for (const { name, given, usable, reasons } of rows) {
    const endpoints = given.map((state, index) =>
      endpointOf({ ...state, address: `10.0.0.${index}` }),
    )
    const choice = usableEndpoints(endpoints, 'Local', node)
    t.strictSame(
      choice.usable.map((endpoint) => endpoints.indexOf(endpoint)),
      usable,
      name,
    )
    t.equal(choice.leftOut.length, reasons, name)
  }
})

t.test('an endpoint is local where both nodes are known and one', async (t) => {
  t.ok(isLocal({ nodeName: 'node-1' }, node))
  t.notOk(isLocal({ nodeName: 'node-2' }, node))
  t.notOk(isLocal({ nodeName: undefined }, node))
  t.notOk(isLocal({ nodeName: '' }, { nodeName: '', zone: undefined }))
})

// What must hold of any choice, by definition and not by the code's own way to it.
const endpoint = fc.record({
  state: fc.constantFrom(ready, notReady, draining, dying, published),
  nodeName: fc.constantFrom('node-1', 'node-2', undefined),
  forZones: fc.subarray(['zone-a', 'zone-b']),
  forNodes: fc.subarray(['node-1', 'node-2']),
})
const anyNode = fc.record({
  nodeName: fc.constantFrom('node-1', 'node-3', ''),
  zone: fc.constantFrom('zone-a', 'zone-c', undefined),
})

t.test('any choice has every endpoint in one list, and never one that does not serve', async () => {
  fc.assert(
    fc.property(
      fc.array(endpoint, { maxLength: 6 }),
      fc.constantFrom('Cluster' as const, 'Local' as const),
      anyNode,
      (given, policy, node) => {
        const endpoints = given.map(({ state, ...fields }, index) =>
          endpointOf({ ...state, ...fields, address: `10.0.0.${index}` }),
        )
        const { usable, leftOut } = usableEndpoints(endpoints, policy, node)
        const rest = leftOut.map(({ endpoint }) => endpoint)
        assert.deepEqual(
          usable,
          endpoints.filter((endpoint) => !rest.includes(endpoint)),
        )
        assert.deepEqual(
          rest,
          endpoints.filter((endpoint) => !usable.includes(endpoint)),
        )
        for (const { reason } of leftOut) assert.notEqual(reason, '')

        const isHere = ({ nodeName }: { nodeName: string | undefined }): boolean =>
          node.nodeName !== '' && nodeName === node.nodeName
        const allowed = policy === 'Local' ? endpoints.filter(isHere) : endpoints
        const serving = allowed.filter(({ ready }) => ready)
        const falling = allowed.filter(({ serving, terminating }) => serving && terminating)
        // Hints never leave a client without an endpoint, and never change which conditions will do.
        const pool = serving.length > 0 ? serving : falling
        assert.ok(usable.every((endpoint) => pool.includes(endpoint)))
        assert.equal(usable.length === 0, pool.length === 0)
        if (policy === 'Local' || serving.length === 0) assert.deepEqual(usable, pool)
      },
    ),
    { numRuns: 2000 },
  )
})
