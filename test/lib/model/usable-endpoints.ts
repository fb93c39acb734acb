import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { usableEndpoints } from '../../../lib/model/usable-endpoints.ts'
import { endpointOf } from '../../fixtures/model-objects.ts'

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
    const choice = usableEndpoints(endpoints)
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

t.test('every endpoint is in one of the two lists, in the order given', async () => {
  const state = fc.constantFrom(ready, notReady, draining, dying, published)
  fc.assert(
    fc.property(fc.array(state, { maxLength: 12 }), (states) => {
      const endpoints = states.map((state, index) =>
        endpointOf({ ...state, address: `10.0.0.${index}` }),
      )
      const { usable, leftOut } = usableEndpoints(endpoints)
      const rest = leftOut.map(({ endpoint }) => endpoint)
      assert.deepEqual(
        usable,
        endpoints.filter((endpoint) => !rest.includes(endpoint)),
      )
      assert.deepEqual(
        rest,
        endpoints.filter((endpoint) => !usable.includes(endpoint)),
      )
    }),
  )
})
