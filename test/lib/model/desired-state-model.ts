/** DesiredState against a model: whatever happens in between, it ends where the last objects would have led at once. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { DesiredState } from '../../../lib/model/desired-state.ts'
import {
  objectKey,
  type EndpointSlice,
  type KubernetesObject,
  type Node,
  type Service,
} from '../../../lib/model/objects.ts'
import type { DesiredServicePort } from '../../../lib/model/service-port.ts'
import { endpointsOf, nodeOf, portOf, serviceOf, sliceOf } from '../../fixtures/model-objects.ts'

/** External IPs of 10.0.0.0/8 are allowed; the proxy runs on node-1. */
const options = { externalIPCIDRs: [CIDR.parse('10.0.0.0/8') as CIDR], nodeName: 'node-1' }

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

/** A watch that broke: the source tells the whole set again, in an order of its own, and some of it twice. */
class RelistCommand implements fc.Command<World, DesiredState> {
  readonly isReversed: boolean
  constructor(isReversed: boolean) {
    this.isReversed = isReversed
  }
  check(): boolean {
    return true
  }
  run({ objects }: World, state: DesiredState): void {
    const all = [...objects.values()]
    for (const object of [...(this.isReversed ? all.reverse() : all), ...all.slice(0, 2)]) {
      state.set(structuredClone(object))
    }
  }
  toString(): string {
    return this.isReversed ? 'relist, reversed' : 'relist'
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

    const fresh = new DesiredState(options)
    for (const object of [...objects.values()].reverse()) fresh.set(object)
    fresh.takeChanges()
    assert.deepEqual(state.servicePorts(), fresh.servicePorts())
    assert.deepEqual(state.notProxied(), fresh.notProxied())
    assert.deepEqual(state.serviceHealth(), fresh.serviceHealth())
    assert.deepEqual(state.node, fresh.node)
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
    const { clusterIP, externalIPs, loadBalancerIngress } = servicePort
    const ingress = loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP')
    for (const address of [clusterIP, ...externalIPs, ...ingress.map(({ ip }) => ip)]) {
      portals.add(`${address}:${servicePort.port}`)
    }
  }
  const entries = rows.flatMap(({ entries }) => entries)
  for (const { usable, leftOut, inside } of entries) {
    for (const { key } of [...usable, ...(inside?.usable ?? [])]) assert.ok(!portals.has(key))
    for (const { endpoint, reason, isRefused = false } of leftOut) {
      const isUnicast = !reason.includes('never dialled')
      assert.equal(reason.includes('portal'), isUnicast && portals.has(endpoint.key))
      assert.equal(isRefused, !isUnicast || portals.has(endpoint.key))
    }
  }
}

/** Mostly the first, seldom the second: what is rare in a cluster is to be rare here, or nothing else is ever seen. */
function mostly<Usual, Rare>(
  usual: fc.Arbitrary<Usual>,
  rare: fc.Arbitrary<Rare>,
): fc.Arbitrary<Usual | Rare> {
  return fc.oneof({ arbitrary: usual, weight: 7 }, { arbitrary: rare, weight: 1 })
}

const names = fc.constantFrom('a', 'a', 'b', 'c')
const policy = fc.constantFrom('Cluster' as const, 'Local' as const)
// Addresses and ports meet on purpose: a cluster IP or an external IP may be an endpoint of another Service.
const service: fc.Arbitrary<Service> = fc
  .record({
    name: names,
    type: mostly(
      fc.constantFrom('ClusterIP' as const, 'NodePort' as const, 'LoadBalancer' as const),
      fc.constant('ExternalName' as const),
    ),
    labels: mostly(
      fc.constant({}),
      fc.constant({ 'service.kubernetes.io/service-proxy-name': 'other' }),
    ),
    internalTrafficPolicy: policy,
    externalTrafficPolicy: policy,
    loadBalancerIngress: fc.subarray([
      { ip: '10.0.0.2', ipMode: 'VIP' as const },
      { ip: '10.96.0.2', ipMode: 'Proxy' as const },
    ]),
    loadBalancerSourceRanges: fc.subarray(['192.0.2.0/24', '2001:db8::/32']),
    healthCheckNodePort: fc.constantFrom(0, 30_999),
    headless: mostly(fc.constant(false), fc.constant(true)),
    clusterIPs: fc.constantFrom([], ['10.96.0.1'], ['10.96.0.2'], ['10.96.0.1', 'fd00::1']),
    externalIPs: fc.subarray(['10.0.0.1', '10.96.0.2']),
    ports: mostly(
      fc
        .subarray([portOf({ name: 'alt', port: 9090 }), portOf({ name: 'sig', protocol: 'SCTP' })])
        .map((others) => [portOf({ port: 8080, nodePort: 30_080 }), ...others]),
      fc.constant([]),
    ),
  })
  .map((fields) => serviceOf(fields))
const sliceAddress = fc.record({
  address: mostly(
    fc.constantFrom('10.0.0.3', '10.0.0.4', '10.0.0.5'),
    fc.constantFrom('10.0.0.1', '10.0.0.2', '10.96.0.1', '10.96.0.2', '127.0.0.1'),
  ),
  ready: mostly(fc.constant(true), fc.constant(false)),
  terminating: fc.boolean(),
  nodeName: fc.constantFrom('node-1', 'node-2', undefined),
  forZones: fc.constantFrom(['zone-a'], ['zone-b']),
  forNodes: fc.constantFrom(['node-1'], ['node-2']),
})
const slice: fc.Arbitrary<EndpointSlice> = fc
  .record({
    endpoints: fc.array(sliceAddress, { maxLength: 3 }),
    // Of the whole slice, as a controller hints: one endpoint without a hint ends the mode.
    hinting: fc.constantFrom('zones', 'zones', 'zones', 'nodes', 'nodes', 'none'),
    name: fc.constantFrom('1', '2', '3'),
    serviceName: names,
    ports: mostly(
      fc.constant([
        { name: 'http', protocol: 'TCP' as const, port: 8080 },
        { name: 'alt', protocol: 'TCP' as const, port: 9090 },
      ]),
      fc.constant([]),
    ),
  })
  .map(({ endpoints, hinting, ...fields }) => {
    const hinted = endpoints.map((one) => ({
      ...one,
      ...(hinting !== 'zones' && { forZones: [] }),
      ...(hinting !== 'nodes' && { forNodes: [] }),
    }))
    return sliceOf(hinted, fields)
  })
const endpoints = fc
  .tuple(fc.array(slice, { maxLength: 2 }), names)
  .map(([slices, name]) => endpointsOf(slices, name))
// node-2 is another machine: nothing of it may matter here.
const node: fc.Arbitrary<Node> = fc
  .record({
    name: fc.constantFrom('node-1', 'node-1', 'node-2'),
    zone: fc.constantFrom('zone-a', 'zone-b', undefined),
    isLeaving: fc.boolean(),
  })
  .map((fields) => nodeOf(fields))
const object = fc.oneof(service, slice, endpoints, node)

t.test('any events end where the last objects would, and the changes add up to it', async (t) => {
  const seen = new Set<string>()
  const commands = fc.commands(
    [
      fc
        .oneof(
          { arbitrary: service, weight: 4 },
          { arbitrary: slice, weight: 5 },
          { arbitrary: endpoints, weight: 1 },
          { arbitrary: node, weight: 3 },
        )
        .map((object) => new SetCommand(object)),
      mostly(
        fc.constant(new TakeCommand()),
        object.map((object) => new DeleteCommand(object)),
      ),
      mostly(
        fc.constant(new TakeCommand()),
        fc.boolean().map((isReversed) => new RelistCommand(isReversed)),
      ),
    ],
    { maxCommands: 60, size: 'max' },
  )
  fc.assert(
    fc.property(commands, (commands) => {
      const world = { objects: new Map(), applied: new Map() }
      const state = new DesiredState(options)
      fc.modelRun(() => ({ model: world, real: state }), commands)
      new TakeCommand().run(world, state)
      const entries = state.servicePorts().flatMap(({ entries }) => entries)
      for (const { leftOut } of entries) for (const { reason } of leftOut) seen.add(reason)
    }),
    { numRuns: 500 },
  )
  t.match([...seen].sort(), [
    'hinted to other nodes',
    'hinted to other zones',
    'is a portal of this proxy: would loop',
    'loopback address: never dialled',
    'not ready',
    'on another node',
    'terminating',
  ])
  t.equal(seen.size, 7, 'every rule was met')
})
