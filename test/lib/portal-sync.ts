import t from 'tap'
import { KnownServicePorts } from '../../lib/known-service-ports.ts'
import type { BoundServicePort } from '../../lib/portal/portal-binder.ts'
import { NonePortalBinder } from '../../lib/portal/none-portal-binder.ts'
import { PortalSync } from '../../lib/portal-sync.ts'
import type { DataPlaneChanges } from '../../lib/relay/data-plane.ts'
import { Counts } from '../../lib/relay/counts.ts'
import { everyWay, servicePort } from '../fixtures/bound-service-ports.ts'

const local = { policies: { externalTrafficPolicy: 'Local' } } as const
const split = everyWay('shop/web:http', local)
const joined = everyWay('shop/web:http')
const external = `${split.key}/external`

/** Proxy sockets that listen for every key it is given, and a binder that does what `sync` says. */
function portals(keys: readonly string[]) {
  const known = new KnownServicePorts()
  const told: { bound: readonly BoundServicePort[]; trusts: boolean | undefined }[] = []
  const applied: DataPlaneChanges[] = []
  const binder = Object.assign(new NonePortalBinder({ bindAddress: '127.0.0.1' }), {
    sync: async (bound: readonly BoundServicePort[], { trusts }: { trusts?: boolean } = {}) => {
      told.push({ bound, trusts })
      await parts.duringSync()
    },
  })
  const dataPlane = {
    stats: async () =>
      keys.map((key) => ({
        key,
        listeners: [
          { role: 'proxy-port', address: '127.0.0.1', port: 40_001, error: undefined } as const,
        ],
        counts: new Counts().snapshot(),
      })),
    apply: async (changes: DataPlaneChanges) => void applied.push(changes),
  }
  const sync = new PortalSync({ known, dataPlane, portalBinder: binder })
  const parts = { sync, known, told, applied, duringSync: async () => {} }
  return parts
}

t.test('the binder is told of all that is bound, and whether to look at the kernel', async (t) => {
  const other = servicePort('shop/other')
  const { sync, known, told } = portals([other.key, split.key, external, 'shop/unknown'])
  known.set(split)
  known.set(other)
  await sync.run({ trusts: true })
  await sync.run({ trusts: false })
  const bound = [
    [other.key, 'internal', 40_001],
    [split.key, 'internal', 40_001],
    [split.key, 'external', 40_001],
  ]
  t.strictSame(
    told.map(({ bound, trusts }) => [
      trusts,
      bound.map(({ servicePort, entry, listeners }) => [
        servicePort.key,
        entry.name,
        listeners[0]?.port,
      ]),
    ]),
    [
      [true, bound],
      [false, bound],
    ],
  )
})

t.test('what is leaving is removed once, after the rules have changed', async (t) => {
  const parts = portals([split.key, external])
  const { sync, known, told, applied } = parts
  known.set(joined)
  sync.leave([external])
  const appliedBefore: number[] = []
  parts.duringSync = async () => void appliedBefore.push(applied.length)
  await sync.run({ trusts: true })
  t.same(
    told[0]?.bound.map(({ entry }) => entry.name),
    ['internal'],
    'rules lead to it no more',
  )
  t.same(applied, [{ set: [], removed: [external] }])
  await sync.run({ trusts: true })
  t.same(applied.slice(1), [{ set: [], removed: [] }])
  t.same(appliedBefore, [0, 1])
})

t.test('while the binder fails it stays', async (t) => {
  const parts = portals([split.key, external])
  const { sync, known, applied } = parts
  known.set(joined)
  sync.leave([external])
  parts.duringSync = () => Promise.reject(new Error('the kernel says no'))
  await t.rejects(sync.run({ trusts: true }), { message: 'the kernel says no' })
  await t.rejects(sync.run({ trusts: true }), { message: 'the kernel says no' })
  t.same(applied, [])
  parts.duringSync = async () => {}
  await sync.run({ trusts: true })
  t.same(applied, [{ set: [], removed: [external] }])
})

t.test('what leaves while the binder works is removed after the next run', async (t) => {
  const parts = portals([split.key, external])
  const { sync, known, applied } = parts
  known.set(split)
  parts.duringSync = async () => {
    known.set(joined)
    sync.leave([external])
    parts.duringSync = async () => {}
  }
  await sync.run({ trusts: true })
  t.same(applied, [{ set: [], removed: [] }], 'the rules that were just made lead to it')
  await sync.run({ trusts: true })
  t.same(applied.slice(1), [{ set: [], removed: [external] }])
})

t.test('what has come back stays, also where it comes while the binder works', async (t) => {
  const parts = portals([split.key, external])
  const { sync, known, applied } = parts
  for (const comesBack of ['before', 'meanwhile'] as const) {
    known.set(joined)
    sync.leave([external])
    if (comesBack === 'before') known.set(split)
    parts.duringSync = async () => void known.set(split)
    await sync.run({ trusts: true })
    known.set(joined)
    await sync.run({ trusts: true })
    t.same(applied.splice(0), [
      { set: [], removed: [] },
      { set: [], removed: [] },
    ])
  }
})
