import t from 'tap'
import type { DataPlaneSynced } from '../../lib/data-plane-sync.ts'
import { DataPlaneSync } from '../../lib/data-plane-sync.ts'
import type { ProxyError } from '../../lib/errors.ts'
import { KnownServicePorts } from '../../lib/known-service-ports.ts'
import { DesiredState } from '../../lib/model/desired-state.ts'
import type { Service } from '../../lib/model/objects.ts'
import type { PortalBinder } from '../../lib/portal/portal-binder.ts'
import type { DataPlaneChanges } from '../../lib/relay/data-plane.ts'
import { nodeOf, portOf, serviceOf, sliceOf } from '../fixtures/model-objects.ts'

const key = 'default/web:http/TCP/IPv4'
const splitting = {
  type: 'NodePort',
  ports: [portOf({ nodePort: 30_080 })],
  externalTrafficPolicy: 'Local',
} as const

/** A run of it against a data plane and a binder that note what they are told, in `told`. */
function syncOf(options: { clusterCIDRs?: readonly string[] } = {}) {
  const told: string[] = []
  const applied: DataPlaneChanges[] = []
  const problems: ProxyError[] = []
  const desired = new DesiredState({ nodeName: 'node-1' })
  const parts = { prepared: async () => {} }
  const portalBinder: PortalBinder = {
    mode: 'none',
    listenAddresses: ({ key }, { name }) => {
      told.push(`listen for ${key} ${name}`)
      return []
    },
    setNode: (node) => void told.push(`node ${node?.addresses.join()}`),
    prepare: (servicePorts) => {
      told.push(`prepare ${servicePorts.map(({ key }) => key).join()}`)
      return parts.prepared()
    },
    start: async () => {},
    sync: async () => {},
    close: async () => {},
  }
  const sync = new DataPlaneSync({
    desired,
    known: new KnownServicePorts(),
    portalBinder,
    dataPlane: {
      apply: async (changes) => {
        told.push('apply')
        applied.push(changes)
      },
    },
    clusterCIDRs: options.clusterCIDRs ?? [],
    interfaces: () => ({}),
    ephemeralPorts: () => ({ text: '32768-60999', has: (port) => port > 32_767 }),
    onProblem: (error) => void problems.push(error),
    onRefused: ({ servicePort, endpoints }) =>
      void told.push(
        `refused ${servicePort} ${endpoints.map(({ endpoint }) => endpoint.key).join()}`,
      ),
  })
  return Object.assign(parts, { sync, desired, told, applied, problems })
}

function keysOf({ set, removed, leaving }: DataPlaneChanges) {
  return { set: set.map(({ key }) => key), removed, leaving }
}

t.test('only what has changed is told, and whether portals have to follow', async (t) => {
  const { sync, desired, applied } = syncOf()
  const steps: readonly [
    what: string,
    change: () => void,
    synced: DataPlaneSynced,
    told: ReturnType<typeof keysOf>,
  ][] = [
    [
      'two Services',
      () => {
        desired.set(serviceOf())
        desired.set(serviceOf({ name: 'api' }))
      },
      { set: 2, removed: 0, leaving: [], isPortalChange: true },
      { set: ['default/api:http/TCP/IPv4', key], removed: [], leaving: [] },
    ],
    [
      'an endpoint',
      () => desired.set(sliceOf(['10.0.0.1'])),
      { set: 1, removed: 0, leaving: [], isPortalChange: false },
      { set: [key], removed: [], leaving: [] },
    ],
    [
      'nothing',
      () => desired.set(sliceOf(['10.0.0.1'])),
      { set: 0, removed: 0, leaving: [], isPortalChange: false },
      { set: [], removed: [], leaving: [] },
    ],
    [
      'an entry that comes',
      () => desired.set(serviceOf(splitting)),
      { set: 1, removed: 0, leaving: [], isPortalChange: true },
      { set: [key, `${key}/external`], removed: [], leaving: [] },
    ],
    [
      'an entry that goes',
      () => desired.set(serviceOf({ ...splitting, externalTrafficPolicy: 'Cluster' })),
      { set: 1, removed: 0, leaving: [`${key}/external`], isPortalChange: true },
      { set: [key], removed: [], leaving: [`${key}/external`] },
    ],
    [
      'a Service that goes',
      () => desired.delete({ kind: 'Service', namespace: 'default', name: 'web' }),
      { set: 0, removed: 1, leaving: [], isPortalChange: true },
      { set: [], removed: [key], leaving: [] },
    ],
  ]
  for (const [what, change, synced, told] of steps) {
    change()
    t.strictSame(await sync.run(false), synced, what)
    t.strictSame(keysOf(applied.at(-1) as DataPlaneChanges), told, what)
  }
})

t.test('a periodic run looks at all of them, and is no change', async (t) => {
  const { sync, desired, applied, told } = syncOf()
  desired.set(serviceOf())
  await sync.run(false)
  told.length = 0
  const synced = { set: 0, removed: 0, leaving: [], isPortalChange: false }
  t.strictSame(await sync.run(true), synced)
  t.strictSame(keysOf(applied[1] as DataPlaneChanges).set, [key])
  t.strictSame(told, [`prepare ${key}`, `listen for ${key} internal`, 'apply'])
})

t.test('a changed Node is told first, concerns all ServicePorts, and their portals', async (t) => {
  const { sync, desired, applied, told } = syncOf()
  desired.set(serviceOf(splitting))
  desired.set(sliceOf(['10.0.0.1']))
  await sync.run(false)
  t.notOk(told.some((what) => what.startsWith('node')))
  const cidrs = () => applied.at(-1)?.set.map(({ inside }) => inside?.cidrs.slice(2))
  t.strictSame(cidrs(), [undefined, []])
  told.length = 0

  desired.set(nodeOf())
  sync.nodeChanged()
  const synced = { set: 0, removed: 0, leaving: [], isPortalChange: true }
  t.strictSame(await sync.run(false), synced)
  t.strictSame(cidrs(), [undefined, ['10.244.1.0/24']], 'its pods are inside')
  t.strictSame(told, [
    'node 192.0.2.1',
    `prepare ${key}`,
    `listen for ${key} internal`,
    `listen for ${key} external`,
    'apply',
  ])
  t.strictSame(await sync.run(false), { ...synced, isPortalChange: false }, 'once')
  t.strictSame(applied.at(-1)?.set, [])

  desired.delete(nodeOf())
  sync.nodeChanged()
  t.match(await sync.run(false), { isPortalChange: true })
  t.equal(
    told.findLast((what) => what.startsWith('node')),
    'node undefined',
  )
})

t.test('given CIDRs of the cluster go before those of the Node', async (t) => {
  const { sync, desired, applied } = syncOf({ clusterCIDRs: ['10.0.0.0/8'] })
  desired.set(serviceOf(splitting))
  desired.set(nodeOf())
  await sync.run(false)
  t.strictSame(applied[0]?.set[1]?.inside?.cidrs.slice(2), ['10.0.0.0/8'])
})

t.test('a node port in the ephemeral range is told when it is new', async (t) => {
  const { sync, desired, problems } = syncOf()
  const change = async (nodePort: number, fields: Partial<Service> = {}) => {
    desired.set(serviceOf({ type: 'NodePort', ports: [portOf({ nodePort })], ...fields }))
    await sync.run(false)
    return problems.splice(0).map(({ code, servicePort }) => `${code} ${servicePort}`)
  }
  t.strictSame(await change(30_000), [])
  t.strictSame(await change(40_000), ['ERR_PORTAL default/web:http'])
  t.strictSame(await change(40_000, { clusterIPs: ['10.96.0.11'] }), [])
  t.strictSame(await change(40_001), ['ERR_PORTAL default/web:http'])
})

t.test('it is settled when the run under way is over, whatever came of it', async (t) => {
  const parts = syncOf()
  const { sync, desired } = parts
  await sync.settled
  let release = (): void => {}
  parts.prepared = () => new Promise((resolve) => (release = resolve))
  desired.set(serviceOf())
  const order: string[] = []
  const running = sync.run(false).then(() => order.push('run'))
  const settled = sync.settled.then(() => order.push('settled'))
  await new Promise(setImmediate)
  t.strictSame(order, [])
  release()
  await Promise.all([running, settled])
  t.strictSame(order.sort(), ['run', 'settled'])

  parts.prepared = () => Promise.reject(new Error('no'))
  const failing = sync.run(true)
  await sync.settled
  await t.rejects(failing, { message: 'no' })
})

t.test('a portal that two Services have is told once, whichever of them comes later', async (t) => {
  const { sync, desired, problems } = syncOf()
  const dual = (name: string, last: number, over: Partial<Service> = {}): Service =>
    serviceOf({
      name,
      type: 'NodePort',
      clusterIPs: [`10.96.1.${last}`, `fd00::${last}`],
      ports: [portOf({ nodePort: 30_080 })],
      ...over,
    })
  const told = (): string[] => problems.splice(0).map(({ message }) => message)
  desired.set(dual('api', 1))
  await sync.run(false)
  t.same(told(), [])
  desired.set(dual('web', 2))
  await sync.run(false)
  t.match(problems, [{ code: 'ERR_PORTAL', servicePort: 'default/web:http' }])
  const what = 'is a portal of default/api:http too; only one of them can be served'
  t.same(told(), [`default/web:http: node port 30080/TCP ${what}`])
  desired.set(dual('web', 2, { externalTrafficPolicy: 'Local' }))
  await sync.run(true)
  t.same(told(), [], 'not again')
  desired.set(dual('web', 1))
  await sync.run(false)
  t.same(told(), [
    `default/web:http: 10.96.1.1:80/TCP ${what}`,
    `default/web:http: [fd00::1]:80/TCP ${what}`,
  ])
})

t.test('a binder without a Node or preparations will do', async (t) => {
  const { desired, applied } = syncOf()
  desired.set(serviceOf())
  const sync = new DataPlaneSync({
    desired,
    known: new KnownServicePorts(),
    portalBinder: {
      mode: 'none',
      listenAddresses: () => [],
      start: async () => {},
      sync: async () => {},
      close: async () => {},
    },
    dataPlane: { apply: async (changes) => void applied.push(changes) },
    clusterCIDRs: [],
    interfaces: () => ({}),
    ephemeralPorts: () => ({ text: '', has: () => false }),
    onProblem: () => {},
    onRefused: () => {},
  })
  sync.nodeChanged()
  t.match(await sync.run(false), { set: 1 })
  t.strictSame(keysOf(applied[0] as DataPlaneChanges).set, [key])
})

t.test('endpoints that are refused are told when they appear', async (t) => {
  const { sync, desired, told } = syncOf()
  const refused = (): string[] => told.filter((what) => what.startsWith('refused'))
  desired.set(serviceOf())
  desired.set(sliceOf(['10.0.0.1', '127.0.0.1']))
  await sync.run(false)
  t.same(refused(), ['refused default/web:http 127.0.0.1:8080'])
  await sync.run(true)
  t.equal(refused().length, 1)
})
