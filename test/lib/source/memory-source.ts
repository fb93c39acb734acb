import t from 'tap'
import { MemorySource } from '../../../lib/source/memory-source.ts'
import { RecordingListener } from '../../fixtures/recording-listener.ts'
import {
  endpointSliceObject,
  endpointsObject,
  nodeObject,
  serviceObject,
} from '../../fixtures/kubernetes-objects.ts'

t.test('what it holds is told at the start, and changes as they come', async (t) => {
  const source = new MemorySource([serviceObject()])
  source.set(endpointSliceObject())
  const listener = new RecordingListener()
  await source.start(listener)
  t.strictSame(listener.take(), ['set Service default/web', 'set EndpointSlice default/web-1'])
  source.set(serviceObject({ type: 'NodePort' }), endpointsObject([]))
  t.strictSame(listener.take(), ['set Service default/web', 'set Endpoints default/web'])
  t.match(listener.objects.get('Service/default/web'), { type: 'NodePort' })
  source.delete({ kind: 'Service', name: 'web' })
  source.delete({ kind: 'Service', name: 'web' })
  source.delete({ kind: 'Service', namespace: 'shop', name: 'web' })
  t.strictSame(listener.take(), ['delete Service default/web'])
  await source.close()
  await source.close()
  source.set(serviceObject())
  source.delete({ kind: 'Endpoints', namespace: 'default', name: 'web' })
  t.strictSame(listener.take(), [], 'after close nothing is told')
})

t.test('a Node is in no namespace', async (t) => {
  const source = new MemorySource([nodeObject()])
  const listener = new RecordingListener()
  await source.start(listener)
  source.delete({ kind: 'Node', name: 'node-1' })
  t.strictSame(listener.take(), ['set Node /node-1', 'delete Node /node-1'])
})

t.test('lists count as their items', async (t) => {
  const { apiVersion, kind, ...item } = serviceObject()
  const source = new MemorySource([
    { apiVersion: 'v1', kind: 'List', items: [endpointSliceObject()] },
    { apiVersion, kind: `${String(kind)}List`, items: [item] },
  ])
  const listener = new RecordingListener()
  await source.start(listener)
  t.strictSame(listener.take(), ['set EndpointSlice default/web-1', 'set Service default/web'])
})

t.test(
  'a wrong object is refused with all that is wrong, and nothing of the call is taken',
  async (t) => {
    const source = new MemorySource()
    const listener = new RecordingListener()
    await source.start(listener)
    const error = t.throws(() =>
      source.set(
        serviceObject(),
        serviceObject(
          { ports: [{ port: '80' }], clusterIP: 'x' },
          { metadata: { name: 'web', namespace: 'shop' } },
        ),
        endpointSliceObject({ addressType: 'IP' }),
        { kind: 'Deployment' },
        { kind: 'List', items: ['x', { kind: 'List' }, { metadata: 5 }] },
        null,
        { kind: 5, metadata: { name: 'web' } },
        { kind: 'Service', metadata: { name: 5 } },
      ),
    )
    t.match(error, { name: 'ProxyError', code: 'ERR_INVALID_OBJECT' })
    const kinds = 'Service, EndpointSlice, Endpoints or Node would be right'
    t.strictSame((error as Error).message.split('\n'), [
      'Service shop/web: spec.clusterIP is "x"; an IP address, "None" or "" would be right',
      'Service shop/web: spec.ports[0].port is "80" (a string); a number from 1 to 65535 would be right',
      'EndpointSlice default/web-1: addressType is "IP"; IPv4, IPv6 or FQDN would be right',
      `object 4: kind is Deployment; ${kinds}`,
      'object 5, items[0]: this is "x" (a string); an object would be right',
      'object 5, items[1]: is a list in a list; the items of the inner one would be right',
      `object 5, items[2]: kind is missing; ${kinds}`,
      `object 6: kind is missing; ${kinds}`,
      `object 7: kind is 5 (a number); ${kinds}`,
      'object 8: apiVersion is missing; v1 would be right',
      'object 8: metadata.name is 5 (a number); "5", in quotes, would be right',
      'object 8: spec.ports is missing; at least one port would be right',
    ])
    t.strictSame(listener.take(), [])
    t.throws(() => new MemorySource([{}]), { code: 'ERR_INVALID_OBJECT' })
  },
)

t.test('a list that holds itself is no endless task', async (t) => {
  const list = { kind: 'List', items: [] as unknown[] }
  list.items.push(list)
  t.throws(() => new MemorySource([list]), {
    message: /^object 1, items\[0\]: is a list in a list/,
  })
})

t.test('it says what it is', async (t) => {
  t.equal(new MemorySource().description, 'objects in memory')
})
