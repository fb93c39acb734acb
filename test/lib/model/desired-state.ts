import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { DesiredState, type DesiredChanges } from '../../../lib/model/desired-state.ts'
import {
  objectKey,
  type EndpointSlice,
  type KubernetesObject,
  type Service,
} from '../../../lib/model/objects.ts'
import type { DesiredServicePort } from '../../../lib/model/service-port.ts'
import { endpointsOf, portOf, serviceOf, sliceOf } from '../../fixtures/model-objects.ts'

function stateOf(objects: readonly KubernetesObject[], options = {}): DesiredState {
  const state = new DesiredState(options)
  for (const object of objects) state.set(object)
  return state
}

/** What a person would see of changes: keys, and endpoints with the reason against them. */
function summary({ set, removed }: DesiredChanges) {
  return {
    set: set.map(({ servicePort, usable, leftOut }) => ({
      key: servicePort.key,
      usable: usable.map(({ key }) => key),
      leftOut: leftOut.map(({ endpoint, reason }) => `${endpoint.key} ${reason}`),
    })),
    removed,
  }
}

/** External IPs of 10.0.0.0/8 are allowed. */
const tens = { externalIPCIDRs: [CIDR.parse('10.0.0.0/8') as CIDR] }

const nothing = { set: [], removed: [] }
const web = 'default/web:http/TCP/IPv4'

t.test('a Service and its slice are a row, told once', async (t) => {
  const state = stateOf([serviceOf(), sliceOf(['10.0.0.2', '10.0.0.1'])])
  t.strictSame(state.servicePorts(), [], 'nothing is computed before it is taken')
  const changes = state.takeChanges()
  t.strictSame(summary(changes), {
    set: [{ key: web, usable: ['10.0.0.1:8080', '10.0.0.2:8080'], leftOut: [] }],
    removed: [],
  })
  t.strictSame(state.servicePorts(), changes.set)
  t.strictSame(state.takeChanges(), nothing)
})

t.test('objects that say the same again change nothing', async (t) => {
  const state = stateOf([serviceOf(), sliceOf(['10.0.0.1', { address: '10.0.0.2', ready: false }])])
  const [row] = state.takeChanges().set
  state.set(serviceOf())
  state.set(sliceOf(['10.0.0.1', { address: '10.0.0.2', ready: false }]))
  t.strictSame(state.takeChanges(), nothing)
  t.equal(state.servicePorts()[0], row, 'it is the same row still')
})

t.test('events that cancel out before they are taken change nothing', async (t) => {
  const state = stateOf([serviceOf(), sliceOf(['10.0.0.1'])])
  state.takeChanges()
  state.delete(serviceOf())
  state.delete(sliceOf([]))
  state.set(sliceOf(['10.0.0.1']))
  state.set(serviceOf())
  t.strictSame(state.takeChanges(), nothing)
})

t.test('a Service without endpoints is a row without endpoints', async (t) => {
  const state = stateOf([serviceOf()])
  t.strictSame(summary(state.takeChanges()), {
    set: [{ key: web, usable: [], leftOut: [] }],
    removed: [],
  })
})

t.test('slices that come before their Service wait for it', async (t) => {
  const state = stateOf([sliceOf(['10.0.0.1'])])
  t.strictSame(state.takeChanges(), nothing)
  state.set(serviceOf())
  t.match(summary(state.takeChanges()).set, [{ key: web, usable: ['10.0.0.1:8080'] }])
})

t.test('a deleted Service is removed, and comes back with the endpoints it had', async (t) => {
  const state = stateOf([
    serviceOf({ clusterIPs: ['10.96.0.10', 'fd00::a'] }),
    sliceOf(['10.0.0.1']),
  ])
  state.takeChanges()
  state.delete(serviceOf())
  t.strictSame(state.takeChanges(), { set: [], removed: [web, 'default/web:http/TCP/IPv6'] })
  t.strictSame(state.servicePorts(), [])
  state.set(serviceOf())
  t.match(summary(state.takeChanges()).set, [{ key: web, usable: ['10.0.0.1:8080'] }])
})

t.test('a port that is renamed goes, and the new one comes', async (t) => {
  const state = stateOf([serviceOf(), sliceOf(['10.0.0.1'])])
  state.takeChanges()
  state.set(serviceOf({ ports: [portOf({ name: 'www' })] }))
  t.strictSame(summary(state.takeChanges()), {
    set: [{ key: 'default/web:www/TCP/IPv4', usable: [], leftOut: [] }],
    removed: [web],
  })
})

t.test('a change of the Service alone is told with the endpoints it has', async (t) => {
  const state = stateOf([serviceOf(), sliceOf(['10.0.0.1'])])
  state.takeChanges()
  const sessionAffinity = { type: 'ClientIP', timeoutSeconds: 60 } as const
  state.set(serviceOf({ sessionAffinity }))
  t.match(state.takeChanges().set, [{ servicePort: { sessionAffinity }, usable: [{}] }])
})

t.test('a slice that names another Service moves', async (t) => {
  const state = stateOf([serviceOf(), serviceOf({ name: 'new', clusterIPs: ['10.96.0.11'] })])
  state.set(sliceOf(['10.0.0.1']))
  state.takeChanges()
  state.set(sliceOf(['10.0.0.1'], { serviceName: 'new' }))
  t.strictSame(summary(state.takeChanges()).set, [
    { key: 'default/new:http/TCP/IPv4', usable: ['10.0.0.1:8080'], leftOut: [] },
    { key: web, usable: [], leftOut: [] },
  ])
})

t.test('the slices and Services of two namespaces share nothing', async (t) => {
  const state = stateOf([
    serviceOf(),
    serviceOf({ namespace: 'other', clusterIPs: ['10.96.0.11'] }),
    sliceOf(['10.0.0.1']),
    sliceOf(['10.0.0.2'], { namespace: 'other' }),
  ])
  t.match(summary(state.takeChanges()).set, [
    { key: web, usable: ['10.0.0.1:8080'] },
    { key: 'other/web:http/TCP/IPv4', usable: ['10.0.0.2:8080'] },
  ])
})

t.test('Endpoints count as long as the Service has no slice', async (t) => {
  const state = stateOf([serviceOf(), endpointsOf([sliceOf(['10.0.0.1'])])])
  t.match(summary(state.takeChanges()).set, [{ usable: ['10.0.0.1:8080'] }])
  state.set(sliceOf(['10.0.0.2']))
  t.match(summary(state.takeChanges()).set, [{ usable: ['10.0.0.2:8080'] }])
  state.set(sliceOf([]))
  t.strictSame(summary(state.takeChanges()).set, [{ key: web, usable: [], leftOut: [] }])
  state.delete(sliceOf([]))
  t.match(summary(state.takeChanges()).set, [{ usable: ['10.0.0.1:8080'] }])
  state.delete(endpointsOf([]))
  t.strictSame(summary(state.takeChanges()).set, [{ key: web, usable: [], leftOut: [] }])
})

t.test('deleting what was never there is harmless', async (t) => {
  const state = stateOf([])
  state.delete(serviceOf())
  state.delete(sliceOf([]))
  state.delete(endpointsOf([]))
  t.strictSame(state.takeChanges(), nothing)
})

t.test('addresses that no endpoint may have are left out, each with the reason', async (t) => {
  const given = [
    '0.0.0.0',
    '10.0.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
  ]
  const leftOut = [
    '0.0.0.0:8080 unspecified address: never dialled',
    '127.0.0.1:8080 loopback address: never dialled',
    '169.254.169.254:8080 link-local address: never dialled',
    '224.0.0.1:8080 multicast address: never dialled',
    '255.255.255.255:8080 broadcast address: never dialled',
  ]
  t.strictSame(summary(stateOf([serviceOf(), sliceOf(given)]).takeChanges()).set, [
    { key: web, usable: ['10.0.0.1:8080'], leftOut },
  ])
  const lenient = stateOf([serviceOf(), sliceOf(given)], { allowLoopbackEndpoints: true })
  t.strictSame(summary(lenient.takeChanges()).set, [
    {
      key: web,
      usable: ['10.0.0.1:8080', '127.0.0.1:8080'],
      leftOut: leftOut.filter((text) => !text.startsWith('127')),
    },
  ])
})

t.test('IPv6 has such addresses too', async (t) => {
  const given = ['::', '::1', 'fd00::1', 'fe80::1', 'ff02::1']
  const state = stateOf([
    serviceOf({ clusterIPs: ['fd00::a'] }),
    sliceOf(given, { addressType: 'IPv6' }),
  ])
  t.match(summary(state.takeChanges()).set, [{ usable: ['[fd00::1]:8080'] }])
  t.equal(state.servicePorts()[0]?.leftOut.length, 4)
})

t.test('a refused endpoint that is ready does not hide those that still serve', async (t) => {
  const draining = { address: '10.0.0.1', ready: false, terminating: true }
  const state = stateOf([
    serviceOf(),
    sliceOf(['169.254.0.1', draining, { address: '10.0.0.2', ready: false }]),
  ])
  t.strictSame(summary(state.takeChanges()).set, [
    {
      key: web,
      usable: ['10.0.0.1:8080'],
      leftOut: ['10.0.0.2:8080 not ready', '169.254.0.1:8080 link-local address: never dialled'],
    },
  ])
})

t.test('an endpoint that is a portal is refused, whichever came first', async (t) => {
  const other = serviceOf({
    name: 'other',
    clusterIPs: ['10.96.0.20'],
    ports: [portOf({ port: 8080 })],
  })
  const loop = ['10.96.0.20:8080 is a portal of this proxy: would loop']
  const externalIPCIDRs = [CIDR.parse('10.96.0.20/32') as CIDR]
  const state = stateOf([serviceOf(), sliceOf(['10.96.0.20', '10.0.0.1'])], { externalIPCIDRs })
  t.match(summary(state.takeChanges()).set, [{ usable: ['10.0.0.1:8080', '10.96.0.20:8080'] }])

  state.set(other)
  t.strictSame(summary(state.takeChanges()).set, [
    { key: 'default/other:http/TCP/IPv4', usable: [], leftOut: [] },
    { key: web, usable: ['10.0.0.1:8080'], leftOut: loop },
  ])

  state.set({ ...other, labels: { changed: 'yes' } })
  t.strictSame(state.takeChanges(), nothing, 'the portal stays')

  state.set({ ...other, ports: [portOf({ port: 8080, protocol: 'UDP' })] })
  t.match(summary(state.takeChanges()).set, [
    { key: 'default/other:http/UDP/IPv4' },
    { key: web, usable: ['10.0.0.1:8080', '10.96.0.20:8080'], leftOut: [] },
  ])

  state.set({ ...other, clusterIPs: ['10.96.0.21'], externalIPs: ['10.96.0.20'] })
  t.match(summary(state.takeChanges()).set[1], { key: web, leftOut: loop })

  state.delete(other)
  t.strictSame(summary(state.takeChanges()), {
    set: [{ key: web, usable: ['10.0.0.1:8080', '10.96.0.20:8080'], leftOut: [] }],
    removed: ['default/other:http/TCP/IPv4'],
  })
})

t.test('an external IP that is not allowed is neither served nor a portal', async (t) => {
  // Else whoever may write a Service could have the endpoints of any other one refused, by naming their addresses.
  const thief = serviceOf({
    name: 'thief',
    externalIPs: ['10.0.0.1'],
    ports: [portOf({ port: 8080 })],
  })
  const state = stateOf([serviceOf(), sliceOf(['10.0.0.1']), thief])
  t.match(summary(state.takeChanges()).set, [
    { key: /thief/ },
    { key: web, usable: ['10.0.0.1:8080'], leftOut: [] },
  ])
  t.same(state.servicePorts()[0]?.servicePort.externalIPs, [])
})

t.test('a Service that is its own endpoint is refused', async (t) => {
  const state = stateOf([serviceOf({ ports: [portOf({ port: 8080 })] }), sliceOf(['10.96.0.10'])])
  t.match(summary(state.takeChanges()).set, [{ usable: [], leftOut: [/would loop$/] }])
})

t.test('what is not proxied is listed, sorted, until it is gone', async (t) => {
  const headless = serviceOf({ name: 'db', headless: true })
  const mixed = serviceOf({
    ports: [
      portOf(),
      portOf({ name: 'z', protocol: 'SCTP' }),
      portOf({ name: 'a', protocol: 'SCTP', port: 81 }),
    ],
  })
  const alias = serviceOf({ namespace: 'a', type: 'ExternalName' })
  const state = stateOf([mixed, headless, alias])
  state.takeChanges()
  t.same(
    state.notProxied().map(({ namespace, name, port }) => [namespace, name, port]),
    [
      ['a', 'web', undefined],
      ['default', 'db', undefined],
      ['default', 'web', 'a'],
      ['default', 'web', 'z'],
    ],
  )
  t.same(
    state.servicePorts().map(({ servicePort }) => servicePort.key),
    [web],
  )
  state.delete(headless)
  state.delete(alias)
  state.set(serviceOf())
  t.strictSame(state.takeChanges(), nothing)
  t.same(state.notProxied(), [])
})

t.test('one endpoint of 2,000 Services costs its own Service, and nobody else', async (t) => {
  let slicesRead = 0
  const watched = (index: number, addresses: readonly string[]): EndpointSlice => {
    const slice = sliceOf(addresses, { name: `s${index}-1`, serviceName: `s${index}` })
    return {
      ...slice,
      get endpoints() {
        slicesRead++
        return slice.endpoints
      },
    }
  }
  const state = new DesiredState()
  for (let index = 0; index < 2000; index++) {
    const ip = `${index >> 8}.${index & 255}`
    state.set(serviceOf({ name: `s${index}`, clusterIPs: [`10.96.${ip}`] }))
    state.set(watched(index, [`10.1.${ip}`, `10.2.${ip}`]))
  }
  t.equal(state.takeChanges().set.length, 2000)

  slicesRead = 0
  state.set(watched(1234, ['10.1.0.0']))
  t.match(summary(state.takeChanges()), {
    set: [{ key: 'default/s1234:http/TCP/IPv4', usable: ['10.1.0.0:8080'] }],
    removed: [],
  })
  t.equal(slicesRead, 1)

  slicesRead = 0
  const portal = { clusterIPs: ['10.1.0.7'], ports: [portOf({ port: 8080 })] }
  state.set(serviceOf({ name: 'portal', ...portal }))
  t.match(summary(state.takeChanges()).set, [
    { key: 'default/portal:http/TCP/IPv4' },
    { key: 'default/s7:http/TCP/IPv4', leftOut: [/would loop$/] },
  ])
  t.equal(slicesRead, 1)

  slicesRead = 0
  const past = { clusterIPs: ['10.1.4.210'], ports: [portOf({ port: 8080 })] }
  state.set(serviceOf({ name: 'past', ...past }))
  t.equal(state.takeChanges().set.length, 1, 's1234 had an endpoint there, and has none now')
  t.equal(slicesRead, 0)
})

// The model: the last objects told, and the rows that whoever applies the changes has by now.

interface World {
  readonly objects: Map<string, KubernetesObject>
  readonly applied: Map<string, DesiredServicePort>
}

class SetCommand implements fc.Command<World, DesiredState> {
  readonly object: KubernetesObject
  constructor(object: KubernetesObject) {
    this.object = object
  }
  check(): boolean {
    return true
  }
  run({ objects }: World, state: DesiredState): void {
    objects.set(objectKey(this.object), this.object)
    state.set(this.object)
  }
  toString(): string {
    return `set ${JSON.stringify(this.object)}`
  }
}

class DeleteCommand implements fc.Command<World, DesiredState> {
  readonly object: KubernetesObject
  constructor(object: KubernetesObject) {
    this.object = object
  }
  check(): boolean {
    return true
  }
  run({ objects }: World, state: DesiredState): void {
    objects.delete(objectKey(this.object))
    const { kind, namespace, name } = this.object
    state.delete({ kind, namespace, name })
  }
  toString(): string {
    return `delete ${objectKey(this.object)}`
  }
}

class TakeCommand implements fc.Command<World, DesiredState> {
  check(): boolean {
    return true
  }
  run({ objects, applied }: World, state: DesiredState): void {
    const { set, removed } = state.takeChanges()
    for (const row of set) {
      const { key } = row.servicePort
      assert.notDeepEqual(applied.get(key), row, 'only what really changed')
      applied.set(key, row)
    }
    for (const key of removed) assert.ok(applied.delete(key), 'only what was there')

    const fresh = stateOf([...objects.values()].toReversed(), tens)
    fresh.takeChanges()
    assert.deepEqual(state.servicePorts(), fresh.servicePorts())
    assert.deepEqual(state.notProxied(), fresh.notProxied())
    assert.deepEqual(
      state.servicePorts(),
      [...applied.values()].sort((a, b) => (a.servicePort.key < b.servicePort.key ? -1 : 1)),
    )
    checkLoops(state.servicePorts())
  }
  toString(): string {
    return 'take'
  }
}

/** By definition, without any count: no usable endpoint is a portal, and who is refused for it is one. */
function checkLoops(rows: readonly DesiredServicePort[]): void {
  const portals = new Set<string>()
  for (const { servicePort } of rows) {
    for (const address of [servicePort.clusterIP, ...servicePort.externalIPs]) {
      portals.add(`${address}:${servicePort.port}`)
    }
  }
  for (const { usable, leftOut } of rows) {
    for (const { key } of usable) assert.ok(!portals.has(key))
    for (const { endpoint, reason } of leftOut) {
      const isUnicast = !reason.includes('never dialled')
      assert.equal(reason.includes('portal'), isUnicast && portals.has(endpoint.key))
    }
  }
}

const names = fc.constantFrom('a', 'b', 'c')
// Addresses and ports meet on purpose: a cluster IP or an external IP may be an endpoint of another Service.
const service: fc.Arbitrary<Service> = fc
  .record({
    name: names,
    type: fc.constantFrom('ClusterIP' as const, 'ClusterIP' as const, 'ExternalName' as const),
    headless: fc.integer({ max: 5, min: 0 }).map((chance) => chance === 0),
    clusterIPs: fc.constantFrom([], ['10.96.0.1'], ['10.96.0.2'], ['10.96.0.1', 'fd00::1']),
    externalIPs: fc.subarray(['10.0.0.1', '10.96.0.2']),
    ports: fc.subarray([
      portOf({ port: 8080 }),
      portOf({ name: 'alt', port: 9090 }),
      portOf({ name: 'sig', protocol: 'SCTP' }),
    ]),
  })
  .map((fields) => serviceOf(fields))
const sliceAddress = fc.record({
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.96.0.1', '10.96.0.2', '127.0.0.1'),
  ready: fc.boolean(),
  terminating: fc.boolean(),
})
const slice: fc.Arbitrary<EndpointSlice> = fc
  .record({
    endpoints: fc.array(sliceAddress, { maxLength: 3 }),
    name: fc.constantFrom('1', '2', '3'),
    serviceName: names,
    ports: fc.subarray([
      { name: 'http', protocol: 'TCP' as const, port: 8080 },
      { name: 'alt', protocol: 'TCP' as const, port: 9090 },
    ]),
  })
  .map(({ endpoints, ...fields }) => sliceOf(endpoints, fields))
const endpoints = fc
  .tuple(fc.array(slice, { maxLength: 2 }), names)
  .map(([slices, name]) => endpointsOf(slices, name))
const object = fc.oneof(service, slice, endpoints)

t.test('any events end where the last objects would, and the changes add up to it', async () => {
  const commands = fc.commands(
    [
      service.map((object) => new SetCommand(object)),
      slice.map((object) => new SetCommand(object)),
      endpoints.map((object) => new SetCommand(object)),
      object.map((object) => new DeleteCommand(object)),
      fc.constant(new TakeCommand()),
    ],
    { maxCommands: 60, size: 'max' },
  )
  fc.assert(
    fc.property(commands, (commands) => {
      const world = { objects: new Map(), applied: new Map() }
      const state = new DesiredState(tens)
      fc.modelRun(() => ({ model: world, real: state }), commands)
      new TakeCommand().run(world, state)
    }),
    { numRuns: 500 },
  )
})
