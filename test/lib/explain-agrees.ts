/**
 * What `explain` says, and what then happens: they agree, whatever the policies, the endpoints and their past. Once with
 * the parts that decide and a clock of their own, once with real sockets.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import fc from 'fast-check'
import t from 'tap'
import type { LoadBalancer } from '../../lib/balance/load-balancer.ts'
import { RoundRobin } from '../../lib/balance/round-robin.ts'
import type { ServiceBalancer } from '../../lib/balance/service-balancer.ts'
import { explain } from '../../lib/explain/explain.ts'
import type { Via } from '../../lib/explain/explain-query.ts'
import type { Explanation } from '../../lib/explain/explanation.ts'
import { DesiredState } from '../../lib/model/desired-state.ts'
import type { EndpointAddress } from '../../lib/model/endpoint.ts'
import type { Service, SliceEndpoint } from '../../lib/model/objects.ts'
import { parseOptions } from '../../lib/options.ts'
import { proxySocketSpecs } from '../../lib/proxy-socket-specs.ts'
import { ClientBalancers } from '../../lib/relay/client-balancers.ts'
import type { ProxySocketSpec } from '../../lib/relay/data-plane.ts'
import { InProcessDataPlane } from '../../lib/relay/in-process-data-plane.ts'
import { OwnListeners } from '../../lib/relay/own-listeners.ts'
import type { RelayContext } from '../../lib/relay/relay-context.ts'
import { endpointAt, testKey } from '../fixtures/data-plane.ts'
import { freePorts } from '../fixtures/held-port.ts'
import { nodeOf, portOf, serviceOf, sliceOf } from '../fixtures/model-objects.ts'
import { received, startBackend } from '../fixtures/tcp.ts'

/** Two of them are inside, the last two are within some source ranges. */
const clients = ['10.244.1.1', '10.244.1.2', '192.0.2.1', '198.51.100.1', '198.51.100.2']
const insideCIDRs = ['10.244.1.0/24']
const vias: readonly Via[] = ['cluster', 'external', 'load-balancer', 'node-port']
/** An endpoint at this address is a listener of this process. */
const ownAddress = '10.0.0.5'

/** Chooses by the address of the client, and can say so; a cursor beside it that nobody is told of; one that throws. */
const schedulers = {
  'round robin': () => new RoundRobin(),
  hash: (): LoadBalancer => {
    const choose = (endpoints: readonly EndpointAddress[], client: string) =>
      endpoints[Number(client.at(-1)) % endpoints.length] as EndpointAddress
    return { pick: choose, peek: choose }
  },
  silent: (): LoadBalancer => {
    let count = 0
    return { pick: (endpoints) => endpoints[count++ % endpoints.length] as EndpointAddress }
  },
  faulty: (): LoadBalancer => {
    const fail = (): never => {
      throw new Error('a fault of the scheduler')
    }
    return { pick: fail, peek: fail }
  },
}
type Scheduler = keyof typeof schedulers

const endpoint = fc.record({
  ready: fc.boolean(),
  serving: fc.boolean(),
  terminating: fc.boolean(),
  nodeName: fc.constantFrom('node-1', 'node-2', undefined),
  forZones: fc.oneof(fc.constant([]), fc.subarray(['zone-a', 'zone-b'], { minLength: 1 })),
  forNodes: fc.oneof(fc.constant([]), fc.subarray(['node-1', 'node-2'], { minLength: 1 })),
})
const endpoints = fc
  .subarray(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', ownAddress, '169.254.0.1'])
  .chain((addresses) => fc.tuple(...addresses.map((address) => endpointAtAddress(address))))
  // Most are as the controller writes them: ready, without hints.
  .chain((all) =>
    fc.tuple(fc.constant(all), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })),
  )
  .map(([all, arePlain]) =>
    all.map((one, i) =>
      arePlain[i] === true
        ? { address: one.address, nodeName: one.nodeName }
        : (one as Partial<SliceEndpoint>),
    ),
  )

function endpointAtAddress(address: string) {
  return endpoint.map((fields) => ({ address, ...fields }))
}

const policy = fc.constantFrom('Cluster' as const, 'Local' as const)
const service: fc.Arbitrary<Partial<Service>> = fc.record({
  type: fc.constant('LoadBalancer' as const),
  internalTrafficPolicy: policy,
  externalTrafficPolicy: policy,
  loadBalancerSourceRanges: fc.constantFrom([], ['198.51.100.0/24'], ['10.244.1.2/32']),
  sessionAffinity: fc.constantFrom(
    { type: 'None' } as const,
    { type: 'ClientIP', timeoutSeconds: 3 } as const,
  ),
})

const outcome = fc.constantFrom('reached', 'failed', 'released', 'pending')
const connection = fc.record({
  does: fc.constant('connect' as const),
  client: fc.constantFrom(...clients),
  via: fc.constantFrom(...vias),
  /** Of each dial in turn; it goes on after one that failed. */
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<string[]>,
})
const step = fc.oneof(
  { weight: 8, arbitrary: connection },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      ms: fc.integer({ max: 4000, min: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('endpoints' as const), endpoints }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('service' as const), service }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('zone' as const),
      zone: fc.constantFrom('zone-a', 'zone-c', undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('answer' as const), outcome }) },
)
type Connection = typeof connection extends fc.Arbitrary<infer T> ? T : never
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What a data plane decides by, without its sockets. */
class World {
  nowMs = 0
  readonly #desired = new DesiredState({ nodeName: 'node-1' })
  readonly #balancers = new Map<string, ClientBalancers>()
  readonly #pending: { balancer: ServiceBalancer; client: string; target: EndpointAddress }[] = []
  readonly #ownListeners = new OwnListeners({ localAddresses: () => new Set() })
  readonly #context: RelayContext

  constructor(scheduler: Scheduler) {
    this.#ownListeners.add('TCP', ownAddress, 8080)
    this.#context = {
      options: parseOptions(),
      loadBalancer: schedulers[scheduler],
      ownListeners: this.#ownListeners,
      events: { fault: () => {} },
      now: () => this.nowMs,
    } as unknown as RelayContext
  }

  set(...objects: Parameters<DesiredState['set']>[0][]): void {
    for (const object of objects) this.#desired.set(object)
    this.#desired.takeChanges()
    const rows = this.#desired.servicePorts()
    const specs = rows.flatMap((row) =>
      proxySocketSpecs(row, {
        listenAddresses: () => [],
        nodeClients: { addresses: [], cidrs: insideCIDRs },
      }),
    )
    for (const spec of specs) {
      const balancers = this.#balancers.get(spec.key) ?? new ClientBalancers(this.#context, spec)
      balancers.update(spec)
      this.#balancers.set(spec.key, balancers)
    }
    for (const key of this.#balancers.keys()) {
      if (!specs.some((spec) => spec.key === key)) this.#balancers.delete(key)
    }
  }

  explain(client: string, via: Via): Promise<Explanation> {
    return explain(
      { service: 'default/web:http', client, via },
      {
        servicePorts: this.#desired.servicePorts(),
        notProxied: [],
        dataPlane: { explain: async (key, client) => this.#balancers.get(key)?.explain(client) },
      },
    )
  }

  /** As a connection does: the endpoints dialled, or why there was none. */
  connect({ client, outcomes }: Connection, entry: string): string[] {
    const name = entry === 'internal' ? testKey : `${testKey}/${entry}`
    const balancer = this.#balancers.get(name)?.for(client)
    if (balancer === undefined) return ['source-range']
    const tried: EndpointAddress[] = []
    const dialled: string[] = []
    for (const outcome of outcomes) {
      const target = this.#pick(balancer, client, tried)
      if (typeof target === 'string') return [...dialled, target]
      dialled.push(target.key)
      if (outcome === 'pending') this.#pending.push({ balancer, client, target })
      else this.#end(balancer, client, target, outcome)
      if (outcome !== 'failed') break
      tried.push(target)
    }
    return dialled
  }

  /** Answers the dial that has been pending for longest. */
  answer(outcome: string): void {
    const dial = this.#pending.shift()
    if (dial !== undefined) this.#end(dial.balancer, dial.client, dial.target, outcome)
  }

  /** All that a client could get by an entry, if every dial was in vain. */
  reachable(client: string, entry: string): string[] {
    const connection = {
      does: 'connect' as const,
      client,
      via: 'cluster' as const,
      outcomes: Array.from({ length: 10 }, () => 'failed'),
    }
    const dialled = this.connect(connection, entry)
    return dialled.filter((key) => key.includes(':')).sort()
  }

  #pick(
    balancer: ServiceBalancer,
    client: string,
    tried: EndpointAddress[],
  ): EndpointAddress | string {
    const before = tried.length
    for (;;) {
      const target = balancer.pick(client, tried)
      if (target === undefined) return tried.length > before ? 'loop' : 'no-endpoint'
      if (!this.#ownListeners.has('TCP', target.address, target.port)) return target
      balancer.released(target)
      tried.push(target)
    }
  }

  #end(balancer: ServiceBalancer, client: string, target: EndpointAddress, outcome: string): void {
    if (outcome === 'reached') balancer.reached(client, target)
    else if (outcome === 'failed') balancer.failed(target)
    else balancer.released(target)
  }
}

function apply(world: World, step: Exclude<Step, Connection>): void {
  if (step.does === 'wait') world.nowMs += step.ms
  else if (step.does === 'answer') world.answer(step.outcome)
  else if (step.does === 'endpoints') world.set(sliceOf(step.endpoints))
  else if (step.does === 'zone') world.set(nodeOf({ zone: step.zone }))
  else world.set(fullService(step.service))
}

function fullService(fields: Partial<Service>): Service {
  const loadBalancerIngress = [{ ip: '203.0.113.1', ipMode: 'VIP' as const }]
  return serviceOf({ ports: [portOf({ nodePort: 30_080 })], loadBalancerIngress, ...fields })
}

t.test('what comes next, comes; and asking changes nothing', async (t) => {
  let asked = 0
  const known: Record<string, number> = {}
  const scheduler = fc.constantFrom<Scheduler>(
    'round robin',
    'round robin',
    'hash',
    'silent',
    'faulty',
  )
  const all = fc.tuple(
    scheduler,
    service,
    endpoints,
    fc.array(step, { minLength: 4, maxLength: 16 }),
  )
  await fc.assert(
    fc.asyncProperty(all, async ([scheduler, service, endpoints, steps]) => {
      const [world, twin] = [new World(scheduler), new World(scheduler)]
      for (const one of [world, twin]) {
        one.set(nodeOf(), fullService(service), sliceOf(endpoints))
      }
      for (const step of steps) {
        if (step.does !== 'connect') {
          for (const one of [world, twin]) apply(one, step)
          continue
        }
        asked++
        const said = await world.explain(step.client, step.via)
        for (const client of clients) await world.explain(client, 'external')
        const dialled = world.connect(step, said.entry)
        assert.deepEqual(twin.connect(step, said.entry), dialled, 'nobody asked the twin')
        checkNext(said, dialled[0] as string, scheduler)
        known[said.next.why] = (known[said.next.why] ?? 0) + 1
      }
      for (const client of clients) {
        for (const via of vias) {
          const { entry, usable, isAdmitted, leftOut } = await world.explain(client, via)
          const keys = usable.filter(({ isLoop }) => !isLoop).map(({ endpoint }) => endpoint)
          assert.deepEqual(world.reachable(client, entry), isAdmitted === true ? keys : [])
          const all = [...usable, ...leftOut].map(({ endpoint }) => endpoint)
          assert.equal(new Set(all).size, all.length)
        }
      }
    }),
    { numRuns: 1500 },
  )
  t.ok(asked > 3000, `${asked} connections`)
  // All kinds of answers came.
  t.same(Object.keys(known).sort(), [
    'loop',
    'no-endpoint',
    'pinned',
    'source-range',
    'turn',
    'unknown',
  ])
})

function checkNext(said: Explanation, first: string, scheduler: Scheduler): void {
  const { next, usable, isAdmitted, pin } = said
  assert.equal(isAdmitted, first !== 'source-range')
  if (next.why === 'unknown') {
    assert.ok(scheduler === 'silent' || scheduler === 'faulty')
    assert.ok(usable.some(({ endpoint }) => endpoint === first))
    return
  }
  assert.equal(next.endpoint ?? next.why, first)
  if (next.why === 'pinned') assert.equal(pin?.endpoint, first)
  // Nobody is sent to one that does not answer while another would.
  const isLastResort = (standing: string): boolean =>
    standing === 'deferred' || standing === 'suspect'
  const { standing = 'good' } = usable.find(({ endpoint }) => endpoint === first) ?? {}
  if (next.why === 'turn' && isLastResort(standing)) {
    assert.ok(usable.every(({ standing, isLoop }) => isLoop || isLastResort(standing)))
  }
}

/** Nobody dials from there, so that its ports stay free. */
const deadAddress = '127.77.0.1'

/** Of which the last one refuses. */
async function startBackends(t: Test): Promise<EndpointAddress[]> {
  const live = await Promise.all(
    ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map(async (address) => {
      const onConnection = (socket: { end(text: string): unknown; resume(): unknown }): void => {
        socket.end(key)
        socket.resume()
      }
      const { port } = await startBackend(t, onConnection, { address })
      const { key } = endpointAt(port, address)
      return endpointAt(port, address)
    }),
  )
  return [...live, endpointAt((await freePorts(t, deadAddress))[0], deadAddress)]
}

t.test('with real sockets', async (t) => {
  const backends = await startBackends(t)
  const refusing = backends.at(-1)?.key
  const list = fc
    .subarray(backends)
    .map((some) => some.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
  const spec = fc.record({
    endpoints: list,
    sourceRanges: fc.constantFrom(undefined, ['127.0.0.0/29'], ['127.0.0.12/30', '127.0.0.3/32']),
    inside: fc.option(
      fc.record({ cidrs: fc.constantFrom(['127.0.0.4/30'], ['127.0.0.8/29']), endpoints: list }),
      { nil: undefined },
    ),
    sessionAffinity: fc.constantFrom<ProxySocketSpec['sessionAffinity']>(
      { type: 'None' },
      { type: 'ClientIP', timeoutSeconds: 2 },
    ),
  })
  const visit = fc.record({
    client: fc.integer({ min: 2, max: 14 }).map((last) => `127.0.0.${last}`),
    waitMs: fc.constantFrom(0, 0, 500, 1500),
  })
  let visits = 0
  let reached = 0
  await fc.assert(
    fc.asyncProperty(
      spec,
      fc.array(visit, { minLength: 10, maxLength: 12 }),
      async (spec, list) => {
        let nowMs = 0
        const plane = new InProcessDataPlane({
          options: parseOptions(),
          events: {
            listener: () => {},
            connection: () => {},
            close: () => {},
            fault: () => {},
            watchesConnections: () => false,
          },
          now: () => nowMs,
        })
        try {
          const listen = [{ role: 'proxy-port' as const, address: '127.0.0.1', ports: [0] }]
          const rest = { key: testKey, servicePort: 'default/web:http', protocol: 'TCP' as const }
          await plane.apply({ removed: [], set: [{ ...rest, listen, ...spec }] })
          const [status] = await plane.stats()
          const port = status?.listeners[0]?.port as number
          for (const { client, waitMs } of list) {
            nowMs += waitMs
            const said = await plane.explain(testKey, client)
            const met = await visitOnce(port, client)
            const { next, endpoints = [] } = said ?? {}
            const usable = endpoints.map(({ key }) => key)
            visits++
            if (next?.endpoint === refusing && refusing !== undefined) {
              const after = await plane.explain(testKey, client)
              const dead = after?.endpoints.find(({ key }) => key === refusing)
              assert.equal(dead?.standing, 'deferred', 'it was dialled, in vain')
              const others = usable.filter((key) => key !== refusing)
              assert.ok(others.length === 0 ? met === '' : others.includes(met))
            } else {
              assert.equal(met, next?.endpoint ?? '')
            }
            if (met !== '') reached++
          }
        } finally {
          await plane.close({ graceMs: 0 })
        }
      },
    ),
    { numRuns: 40, endOnFailure: true },
  )
  t.ok(visits >= 400 && reached > 100, `${reached} of ${visits} reached an endpoint`)
})

/** What the endpoint says, which is its key; `''` where none was reached. */
async function visitOnce(port: number, localAddress: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true })
  const ending = received(socket)
  socket.end()
  const { bytes } = await ending
  if (!socket.closed) {
    socket.destroy()
    await once(socket, 'close')
  }
  return bytes.toString()
}
