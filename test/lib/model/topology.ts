import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { isHinted, topologyMode } from '../../../lib/model/topology.ts'
import { endpointOf } from '../../fixtures/model-objects.ts'

const node = { nodeName: 'node-1', zone: 'zone-a' }
const hinted = (forZones: readonly string[], forNodes: readonly string[] = []) =>
  endpointOf({ forZones, forNodes })

t.test('node hints come first, then zone hints, else none', async (t) => {
  const rows = [
    { name: 'no ready endpoints', ready: [], mode: 'none' },
    { name: 'no hints', ready: [hinted([])], mode: 'none' },
    { name: 'this zone', ready: [hinted(['zone-a']), hinted(['zone-b'])], mode: 'zone' },
    { name: 'other zones', ready: [hinted(['zone-b'])], mode: 'none' },
    { name: 'one without a zone', ready: [hinted(['zone-a']), hinted([])], mode: 'none' },
    { name: 'this node', ready: [hinted([], ['node-1']), hinted([], ['node-2'])], mode: 'node' },
    { name: 'other nodes', ready: [hinted([], ['node-2'])], mode: 'none' },
    { name: 'one without a node', ready: [hinted([], ['node-1']), hinted([])], mode: 'none' },
    { name: 'both', ready: [hinted(['zone-a'], ['node-1'])], mode: 'node' },
    { name: 'another node, this zone', ready: [hinted(['zone-a'], ['node-2'])], mode: 'zone' },
  ]
  for (const { name, ready, mode } of rows) t.equal(topologyMode(ready, node), mode, name)
})

t.test('what is not known of this node matches no hint', async (t) => {
  t.equal(topologyMode([hinted(['zone-a'])], { nodeName: 'node-1', zone: undefined }), 'none')
  t.equal(topologyMode([hinted([''])], { nodeName: 'node-1', zone: undefined }), 'none')
  t.equal(topologyMode([hinted([], [''])], { nodeName: '', zone: 'zone-a' }), 'none')
  t.equal(topologyMode([hinted(['zone-a'], [''])], { nodeName: '', zone: 'zone-a' }), 'zone')
})

t.test('an endpoint is left to this node by the mode', async (t) => {
  const endpoint = hinted(['zone-a', 'zone-b'], ['node-2', 'node-3'])
  const rows = [
    { at: { nodeName: 'node-1', zone: 'zone-c' }, none: true, zone: false, node: false },
    { at: { nodeName: 'node-1', zone: 'zone-b' }, none: true, zone: true, node: false },
    { at: { nodeName: 'node-3', zone: 'zone-c' }, none: true, zone: false, node: true },
    { at: { nodeName: 'node-3', zone: undefined }, none: true, zone: false, node: true },
  ]
  for (const { at, ...modes } of rows) {
    for (const mode of ['none', 'zone', 'node'] as const) {
      t.equal(isHinted(endpoint, mode, at), modes[mode], `${mode} at ${at.nodeName}/${at.zone}`)
    }
  }
})

t.test('a mode never leaves a node without an endpoint', async () => {
  const endpoint = fc.record({
    forZones: fc.subarray(['zone-a', 'zone-b']),
    forNodes: fc.subarray(['node-1', 'node-2']),
  })
  fc.assert(
    fc.property(fc.array(endpoint, { minLength: 1, maxLength: 4 }), (given) => {
      const ready = given.map((fields) => endpointOf(fields))
      const mode = topologyMode(ready, node)
      assert.ok(ready.some((endpoint) => isHinted(endpoint, mode, node)))
    }),
  )
})
