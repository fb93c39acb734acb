import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { DesiredState, type DesiredChanges } from '../../../lib/model/desired-state.ts'
import type { EndpointSlice, KubernetesObject } from '../../../lib/model/objects.ts'
import { endpointsOf, nodeOf, portOf, serviceOf, sliceOf } from '../../fixtures/model-objects.ts'

function stateOf(objects: readonly KubernetesObject[], options = {}): DesiredState {
  const state = new DesiredState(options)
  for (const object of objects) state.set(object)
  return state
}

/** What a person would see of changes: keys, and endpoints with the reason against them. */
function summary({ set, removed }: DesiredChanges) {
  return {
    set: set.map(({ servicePort, entries: [{ usable, leftOut }] }) => ({
      key: servicePort.key,
      usable: usable.map(({ key }) => key),
      leftOut: leftOut.map(({ endpoint, reason }) => `${endpoint.key} ${reason}`),
    })),
    removed,
  }
}

/** External IPs of 10.0.0.0/8 are allowed; the proxy runs on node-1. */
const tens = { externalIPCIDRs: [CIDR.parse('10.0.0.0/8') as CIDR], nodeName: 'node-1' }

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
  t.match(state.takeChanges().set, [
    { servicePort: { sessionAffinity }, entries: [{ usable: [{}] }] },
  ])
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
  const given = ['::', '::1', 'fd00::1', 'fe80::1', 'ff02::1', '::ffff:127.0.0.1']
  const state = stateOf([
    serviceOf({ clusterIPs: ['fd00::a'] }),
    sliceOf(given, { addressType: 'IPv6' }),
  ])
  t.match(summary(state.takeChanges()).set, [{ usable: ['[fd00::1]:8080'] }])
  t.equal(state.servicePorts()[0]?.entries[0].leftOut.length, 5)
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

t.test('the Node this runs on is known while it is there, and no other is', async (t) => {
  const state = stateOf([nodeOf({ name: 'node-2' })], tens)
  t.equal(state.node, undefined)
  const node = nodeOf()
  state.set(node)
  t.equal(state.node, node)
  state.delete(nodeOf({ name: 'node-2' }))
  t.equal(state.node, node)
  state.delete(nodeOf())
  t.equal(state.node, undefined)
  state.delete(nodeOf())
  t.strictSame(state.takeChanges(), nothing)
})

t.test('a zone that changes touches the Services that have zone hints, and no other', async (t) => {
  const zones = (forZones: string[], address: string) => ({ address, forZones })
  const plain = serviceOf({ name: 'plain', clusterIPs: ['10.96.0.11'] })
  let slicesRead = 0
  const plainSlice = sliceOf(['10.0.1.1'], { name: 'plain-1', serviceName: 'plain' })
  const ports = plainSlice.ports
  const state = stateOf(
    [
      nodeOf(),
      serviceOf(),
      sliceOf([zones(['zone-a'], '10.0.0.1'), zones(['zone-b'], '10.0.0.2')]),
      plain,
      {
        ...plainSlice,
        get ports() {
          slicesRead++
          return ports
        },
      },
    ],
    tens,
  )
  t.match(summary(state.takeChanges()).set[1], { key: web, usable: ['10.0.0.1:8080'] })
  slicesRead = 0
  state.set(nodeOf({ isLeaving: true }))
  t.strictSame(state.takeChanges(), nothing, 'what is no zone changes nothing')
  state.set(nodeOf({ zone: 'zone-b' }))
  t.match(summary(state.takeChanges()).set, [{ key: web, usable: ['10.0.0.2:8080'] }])
  t.equal(slicesRead, 0)
})

t.test('the health of a Service is that of what was taken last, sorted', async (t) => {
  const balanced = {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 30_999,
  } as const
  const here = { address: '10.0.0.1', nodeName: 'node-1' }
  const state = stateOf(
    [
      serviceOf(balanced),
      sliceOf([here]),
      serviceOf({ ...balanced, name: 'api', healthCheckNodePort: 30_998 }),
    ],
    tens,
  )
  t.strictSame(state.serviceHealth(), [])
  state.takeChanges()
  const api = { namespace: 'default', name: 'api', healthCheckNodePort: 30_998, localEndpoints: 0 }
  const ofWeb = { ...api, name: 'web', healthCheckNodePort: 30_999, localEndpoints: 1 }
  t.strictSame(state.serviceHealth(), [api, ofWeb])
  state.delete(serviceOf())
  t.strictSame(state.serviceHealth(), [api, ofWeb])
  state.takeChanges()
  t.strictSame(state.serviceHealth(), [api])
})

t.test('the changes that a slice names are told once, of Services that are proxied', async (t) => {
  const desired = new DesiredState()
  const told = () => {
    desired.takeChanges()
    return desired.takeTriggers().map(({ family, time }) => `${family} ${time}`)
  }
  const slice = (atMs: number, fields: Partial<EndpointSlice> = {}) =>
    desired.set(sliceOf(['10.0.0.1'], { lastChangeTriggerTime: `${atMs}`, ...fields }))
  slice(1)
  t.strictSame(told(), [], 'there is no such Service')
  desired.set(serviceOf())
  t.strictSame(told(), [])
  slice(1)
  t.strictSame(told(), [], 'it has said so before')
  slice(2)
  slice(3)
  slice(4, { name: 'web-6', addressType: 'IPv6', endpoints: [] })
  slice(5, { name: 'web-names', addressType: 'FQDN', endpoints: [] })
  desired.set(sliceOf(['10.0.0.2'], { name: 'web-2' }))
  t.strictSame(told(), ['IPv4 2', 'IPv4 3', 'IPv6 4'])
  t.strictSame(told(), [])
  slice(6)
  desired.delete({ kind: 'EndpointSlice', namespace: 'default', name: 'web-1' })
  desired.delete({ kind: 'EndpointSlice', namespace: 'default', name: 'web-1' })
  t.strictSame(told(), [], 'the end of a slice has no time of its own')
})
