import t from 'tap'
import type { Service } from '../../../lib/model/objects.ts'
import { ManifestLedger, type LedgerChanges } from '../../../lib/source/manifest-ledger.ts'
import { parsed, serviceObject } from '../../fixtures/kubernetes-objects.ts'

/** What files hold: for each, names of Services, `web` or `web:81` for one with another port. */
function files(content: Record<string, string[]>) {
  return new Map(
    Object.entries(content).map(([file, names]) => [
      file,
      names.map((text, i) => {
        const [name, port = '80'] = text.split(':')
        const object = parsed(
          serviceObject({ ports: [{ port: Number(port) }] }, { metadata: { name } }),
        )
        return { object, location: `${file}:${i + 1}:1` }
      }),
    ]),
  )
}

function summary({ set, deleted, conflicts }: LedgerChanges) {
  return {
    set: set.map((object) => `${object.name}:${(object as Service).ports[0]?.port}`),
    deleted: deleted.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
    conflicts: conflicts.map(({ message }) => message),
  }
}

const nothing = { set: [], deleted: [], conflicts: [] }

t.test('only what has changed is told', async (t) => {
  const ledger = new ManifestLedger()
  const update = (content: Record<string, string[]>) => summary(ledger.update(files(content)))
  t.strictSame(update({ a: ['x', 'y'], b: ['z'] }), { ...nothing, set: ['x:80', 'y:80', 'z:80'] })
  t.strictSame(update({ a: ['y', 'x'], b: ['z'] }), nothing, 'equal objects are no change')
  t.strictSame(update({ a: ['x:81'], b: ['z', 'v'] }), {
    set: ['x:81', 'v:80'],
    deleted: ['Service default/y'],
    conflicts: [],
  })
  t.strictSame(update({ b: ['x:81', 'z', 'v'] }), nothing, 'an object may move to another file')
  t.strictSame(update({}), {
    ...nothing,
    deleted: ['Service default/x', 'Service default/z', 'Service default/v'],
  })
})

t.test('an object in two files stays with the one that had it first', async (t) => {
  const ledger = new ManifestLedger()
  const update = (content: Record<string, string[]>) => summary(ledger.update(files(content)))
  const conflict = 'a:1:1: Service default/x is also at b:1:1; one of the two would be right'
  t.strictSame(update({ b: ['x'] }), { ...nothing, set: ['x:80'] })
  t.strictSame(update({ a: ['x:81'], b: ['x'] }), { ...nothing, conflicts: [conflict] })
  t.strictSame(update({ a: ['x:81'], b: ['x'] }), nothing, 'it is told once')
  t.strictSame(update({ a: ['x:81'], b: ['x:82'] }), { ...nothing, set: ['x:82'] })
  t.strictSame(
    update({ a: ['x:81'], b: [] }),
    { ...nothing, set: ['x:81'] },
    'the other takes over',
  )
  t.strictSame(update({ a: ['x:81'], b: ['x'] }).conflicts, [
    'b:1:1: Service default/x is also at a:1:1; one of the two would be right',
  ])
})

t.test('of two new files the first one has the object', async (t) => {
  const ledger = new ManifestLedger()
  const { set, conflicts } = ledger.update(files({ a: ['x:1'], b: ['x:2'], c: ['x:3'] }))
  t.match(set, [{ ports: [{ port: 1 }] }])
  t.equal(set.length, 1)
  t.match(conflicts, [
    { code: 'ERR_INVALID_MANIFEST', location: 'b:1:1' },
    { code: 'ERR_INVALID_MANIFEST', location: 'c:1:1' },
  ])
})
