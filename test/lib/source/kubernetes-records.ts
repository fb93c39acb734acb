import t from 'tap'
import { KubernetesRecords } from '../../../lib/source/kubernetes-records.ts'
import { TimeSlice } from '../../../lib/source/time-slice.ts'
import { RecordingListener } from '../../fixtures/recording-listener.ts'

const type = { apiVersion: 'v1', kind: 'Service' }
const slice = (): TimeSlice => new TimeSlice(1_000)

function service(name: string, resourceVersion?: string, clusterIP = '10.96.0.1') {
  return {
    metadata: { namespace: 'shop', name, ...(resourceVersion && { resourceVersion }) },
    spec: { clusterIP, ports: [{ port: 80 }] },
  }
}

function recordsOf(): { records: KubernetesRecords; listener: RecordingListener } {
  const listener = new RecordingListener()
  return { records: new KubernetesRecords(type, listener), listener }
}

t.test('a list is told as what has changed since', async (t) => {
  const { records, listener } = recordsOf()
  await records.replace(
    [service('gone', '1'), service('changed', '2'), service('same', '3')],
    slice(),
  )
  t.equal(listener.take().length, 3)
  await records.replace(
    [service('same', '3'), service('changed', '4'), service('new', '5')],
    slice(),
  )
  t.strictSame(listener.take(), [
    'set Service shop/changed',
    'set Service shop/new',
    'delete Service shop/gone',
  ])
  await records.replace([], slice())
  t.strictSame(listener.take(), [
    'delete Service shop/changed',
    'delete Service shop/same',
    'delete Service shop/new',
  ])
})

t.test('a version is told once, unless versions are forgotten or not there', async (t) => {
  const { records, listener } = recordsOf()
  records.set(service('web', '1'))
  records.set(service('web', '1'))
  records.set(service('bare'))
  records.set(service('bare'))
  t.strictSame(listener.take(), [
    'set Service shop/web',
    'set Service shop/bare',
    'set Service shop/bare',
  ])
  records.forgetVersions()
  records.set(service('web', '1'))
  t.strictSame(listener.take(), ['set Service shop/web'])
})

t.test(
  'an invalid object is there: named once, and deleted only if it was ever told',
  async (t) => {
    const { records, listener } = recordsOf()
    const problem = 'spec.clusterIP is "x"; an IP address, "None" or "" would be right'
    const list = [service('was', '2', 'x'), service('never', '3', 'x')]
    records.set(service('was', '1'))
    await records.replace(list, slice())
    await records.replace(list, slice())
    t.strictSame(listener.take(), [
      'set Service shop/was',
      `problem Service shop/was: ${problem}`,
      `problem Service shop/never: ${problem}`,
    ])
    t.match(listener.problems, [{ name: 'ProxyError', code: 'ERR_INVALID_OBJECT' }, {}])
    records.set(service('never', '4'))
    records.delete(service('was', '5'))
    records.delete(service('was', '5'))
    t.strictSame(listener.take(), ['set Service shop/never', 'delete Service shop/was'])
  },
)

t.test('what has no name, or is no object at all, is a problem and nothing else', async (t) => {
  const { records, listener } = recordsOf()
  for (const value of [null, 'x', { metadata: 5 }, { metadata: { name: 5 } }]) records.set(value)
  records.set({ kind: 'List', apiVersion: 'v1', items: [] })
  const told = listener.take()
  t.ok(
    told.every((line) => line.startsWith('problem Service without a name: ')),
    told.join('\n'),
  )
  t.equal(
    told.at(-1),
    'problem Service without a name: it is of another kind; Service would be right',
  )
  records.delete(null)
  t.strictSame(listener.take(), [])
})

t.test('an object without a namespace is named without one', async (t) => {
  const listener = new RecordingListener()
  const records = new KubernetesRecords({ apiVersion: 'v1', kind: 'Node' }, listener)
  const node = { metadata: { name: 'n1', resourceVersion: '1' } }
  records.set({ ...node, spec: { podCIDRs: ['x'] } })
  records.set({ ...node, metadata: { name: 'n1', resourceVersion: '2' } })
  records.delete(node)
  t.match(listener.take(), [/^problem Node n1: spec/, 'set Node /n1', 'delete Node /n1'])
})

t.test('a long list shares the loop, and ends with everything else', async (t) => {
  const { records, listener } = recordsOf()
  const closing = new AbortController()
  closing.abort(new Error('closed'))
  const list = [service('a', '1'), service('b', '2')]
  await t.rejects(records.replace(list, new TimeSlice(0, closing.signal)), { message: 'closed' })
  t.strictSame(listener.take(), ['set Service shop/a'])
  await records.replace(list, new TimeSlice(0))
  t.strictSame(listener.take(), ['set Service shop/b'])
})

t.test('it knows which object it is that was told', async (t) => {
  const { records } = recordsOf()
  const web = { namespace: 'shop', name: 'web' }
  t.equal(records.versionOf(web), undefined)
  records.set(service('web', '7'))
  t.same(records.versionOf(web), { uid: '', resourceVersion: '7' })
  const { spec } = service('web')
  records.set({ metadata: { ...web, uid: 'u-1', resourceVersion: '8' }, spec })
  t.same(records.versionOf(web), { uid: 'u-1', resourceVersion: '8' })
  records.forgetVersions()
  t.same(records.versionOf(web), { uid: 'u-1', resourceVersion: '' })
  records.delete({ metadata: web })
  t.equal(records.versionOf(web), undefined)
  const nodes = new KubernetesRecords({ apiVersion: 'v1', kind: 'Node' }, new RecordingListener())
  nodes.set({ metadata: { name: 'node-a', uid: 'u-2', resourceVersion: '9' } })
  t.same(nodes.versionOf({ namespace: '', name: 'node-a' }), { uid: 'u-2', resourceVersion: '9' })
})
