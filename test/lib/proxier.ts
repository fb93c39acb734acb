import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { ProxyError } from '../../lib/errors.ts'
import type { KubernetesObject, Node, ObjectKey, Service } from '../../lib/model/objects.ts'
import type { Entry } from '../../lib/model/entry.ts'
import type { ListenAddress } from '../../lib/model/listen-address.ts'
import type { ServicePort } from '../../lib/model/service-port.ts'
import type { BoundServicePort, PortalBinder } from '../../lib/portal/portal-binder.ts'
import { Proxier } from '../../lib/proxier.ts'
import type { ProxierEvents, ProxierOptions } from '../../lib/proxier-options.ts'
import type { ServiceSource, ServiceSourceListener } from '../../lib/source/service-source.ts'
import type { ProxiedStatus } from '../../lib/status.ts'
import {
  endpointsOf,
  nodeOf,
  portOf as port,
  serviceOf,
  sliceOf,
} from '../fixtures/model-objects.ts'
import { dial, exchange, received, startBackend, startNamed } from '../fixtures/tcp.ts'

/** A source that says what the test says. */
class FakeSource implements ServiceSource {
  readonly description = 'a test'
  allowLoopbackEndpoints = true
  tellsNode = false
  readonly first: KubernetesObject[]
  listener: ServiceSourceListener | undefined
  isClosed = false
  failure: ProxyError | undefined

  constructor(...first: KubernetesObject[]) {
    this.first = first
  }

  async start(listener: ServiceSourceListener): Promise<void> {
    this.listener = listener
    if (this.failure) throw this.failure
    for (const object of this.first) listener.set(object)
    await new Promise((resolve) => setImmediate(resolve))
  }

  set(...objects: KubernetesObject[]): void {
    for (const object of objects) this.listener?.set(object)
  }

  delete(key: ObjectKey): void {
    this.listener?.delete(key)
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}

function service(name: string, changes: Partial<Service> = {}): KubernetesObject {
  return serviceOf({ name, clusterIPs: [], ports: [port({ port: 1 })], ...changes })
}

function slice(name: string, ports: readonly number[]): KubernetesObject {
  const slices = ports.map((port) =>
    sliceOf(['127.0.0.1'], { ports: [{ name: 'http', protocol: 'TCP', port }] }),
  )
  return endpointsOf(slices, name)
}

/** A binder that listens on any port and notes what it is told. */
class FakeBinder implements PortalBinder {
  readonly mode = 'none'
  readonly syncs: (readonly BoundServicePort[])[] = []
  closedWith: object | undefined
  failures: Error[] = []
  /** What a sync waits for. */
  held: Promise<void> | undefined

  listenAddresses(_servicePort: ServicePort, _entry: Entry): readonly ListenAddress[] {
    return [{ role: 'proxy-port', address: '127.0.0.1', ports: [0] }]
  }

  async start(): Promise<void> {}

  async sync(bound: readonly BoundServicePort[]): Promise<void> {
    this.syncs.push(bound)
    await this.held
    const failure = this.failures.shift()
    if (failure) throw failure
  }

  async close(options?: { keepPortals?: boolean }): Promise<void> {
    this.closedWith = options
  }
}

/** A promise, and what resolves it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

/** The Service web with the entries internal and external, or with internal alone. */
function splitService(isSplit = true): KubernetesObject {
  return service('web', {
    type: 'NodePort',
    ports: [port({ port: 1, nodePort: 30_080 })],
    externalTrafficPolicy: isSplit ? 'Local' : 'Cluster',
  })
}

async function start(
  t: Parameters<typeof startBackend>[0],
  source: FakeSource,
  options: Partial<ProxierOptions> = {},
): Promise<{ proxier: Proxier; binder: FakeBinder; problems: ProxyError[] }> {
  const binder = new FakeBinder()
  const proxier = new Proxier({ source, portalBinder: binder, minSyncPeriodMs: 0, ...options })
  t.teardown(() => proxier.close().catch(() => {}))
  const problems: ProxyError[] = []
  proxier.on('problem', (error) => problems.push(error))
  await proxier.start()
  return { proxier, binder, problems }
}

async function portOf(proxier: Proxier, name = 'web'): Promise<number> {
  const row = (await proxier.services()).find((status) => status.name === name) as ProxiedStatus
  return row.listeners[0]?.port ?? 0
}

t.test(
  'after start everything is served, and nothing before the source has told all',
  async (t) => {
    const backend = await startNamed(t, 'pod-1')
    const source = new FakeSource(
      service('web'),
      slice('web', [backend.port]),
      service('none', { headless: true }),
    )
    const { proxier } = await start(t, source)
    const rows = await proxier.services()
    t.match(rows, [
      { name: 'web', port: 'http', endpoints: { usable: 1, total: 1 } },
      { name: 'none', notProxied: true, reason: /headless/ },
    ])
    t.equal((await exchange(t, await portOf(proxier))).bytes.toString(), 'pod-1')
    t.match(proxier.endpoints(), [{ name: 'web', endpointPort: backend.port, isUsable: true }])
  },
)

t.test('a change is programmed, and an endpoint change is no matter of the portals', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  const source = new FakeSource(service('web'), slice('web', [a.port]))
  const { proxier, binder } = await start(t, source)
  const syncsBefore = binder.syncs.length
  source.set(slice('web', [b.port]))
  await once(proxier, 'sync')
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal((await exchange(t, await portOf(proxier))).bytes.toString(), 'b')
  t.equal(binder.syncs.length, syncsBefore)
  source.set(service('web', { ports: [port({ port: 2 })] }))
  await once(proxier, 'portals')
  t.equal(binder.syncs.length, syncsBefore + 1)
  t.match(binder.syncs.at(-1), [
    { servicePort: { port: 2 }, listeners: [{ role: 'proxy-port', address: '127.0.0.1' }] },
  ])
  source.delete({ kind: 'Service', namespace: 'default', name: 'web' })
  await once(proxier, 'portals')
  t.same(binder.syncs.at(-1), [])
  t.same(await proxier.services(), [])
})

t.test(
  'loopback endpoints are for sources that allow them, or where the caller does',
  async (t) => {
    for (const [ofSource, ofCaller, isUsable] of [
      [true, undefined, true],
      [false, undefined, false],
      [false, true, true],
      [true, false, false],
    ] as const) {
      const source = new FakeSource(service('web'), slice('web', [8080]))
      source.allowLoopbackEndpoints = ofSource
      const { proxier } = await start(t, source, {
        ...(ofCaller !== undefined && { allowLoopbackEndpoints: ofCaller }),
      })
      t.match(proxier.endpoints(), [{ isUsable }])
    }
  },
)

t.test('connections live on across a hundred changes of the endpoints', async (t) => {
  const backends = await Promise.all(
    [1, 2].map(() => startBackend(t, (socket) => socket.pipe(socket))),
  )
  const ports = backends.map(({ port }) => port)
  const source = new FakeSource(
    service('web'),
    slice('web', ports),
    service('other'),
    slice('other', ports),
  )
  const { proxier } = await start(t, source)
  const clients = [
    ...(await Promise.all([1, 2, 3].map(async () => dial(t, await portOf(proxier))))),
    ...(await Promise.all([1, 2].map(async () => dial(t, await portOf(proxier, 'other'))))),
  ]
  const states = async (): Promise<string[]> =>
    (await proxier.connections()).map(({ state }) => state)
  while ((await states()).filter((state) => state === 'established').length < 5) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (let i = 0; i < 100; i++) {
    source.set(slice('web', i % 3 === 0 ? [] : [ports[i % 2] as number]))
    await proxier.sync()
    const client = clients[i % clients.length]
    client?.write(`${i}`)
    t.equal(String((await once(client as never, 'data'))[0]), `${i}`)
  }
  t.equal((await proxier.connections()).length, 5)
})

t.test('connections and their ends are told to who listens', async (t) => {
  const backend = await startNamed(t, 'x')
  const { proxier } = await start(t, new FakeSource(service('web'), slice('web', [backend.port])))
  await exchange(t, await portOf(proxier)) // nobody listens yet
  const [opened, closed] = [once(proxier, 'connection'), once(proxier, 'close')]
  await exchange(t, await portOf(proxier), 'abc')
  t.match(await opened, [{ servicePort: 'default/web:http', state: 'established' }])
  t.match(await closed, [{ reason: 'ended', bytesFromClient: 3, bytesFromEndpoint: 1 }])
})

t.test('a portal binder that fails is tried again; what is served is served', async (t) => {
  const backend = await startNamed(t, 'x')
  const binder = new FakeBinder()
  binder.failures.push(new Error('the kernel says no'), new ProxyError('ERR_PORTAL', 'no right'))
  const source = new FakeSource(service('web'), slice('web', [backend.port]))
  const { proxier, problems } = await start(t, source, { portalBinder: binder, random: () => 0.9 })
  t.match(problems, [{ code: 'ERR_PORTAL', message: 'sync failed: Error: the kernel says no' }])
  t.equal((await exchange(t, await portOf(proxier))).bytes.toString(), 'x')
  await once(proxier, 'portals')
  t.equal(binder.syncs.length, 3)
  t.match(problems.slice(1), [{ code: 'ERR_PORTAL', message: 'no right' }])
})

t.test('the portals are looked at again in every period', async (t) => {
  const { proxier, binder } = await start(t, new FakeSource(service('web')), { syncPeriodMs: 100 })
  const before = binder.syncs.length
  await once(proxier, 'portals')
  await once(proxier, 'portals')
  t.ok(binder.syncs.length >= before + 2)
})

t.test('where to listen is looked at again in every period', async (t) => {
  class Moving extends FakeBinder {
    address = '127.0.0.1'
    override listenAddresses() {
      return [{ role: 'proxy-port' as const, address: this.address, ports: [0] }]
    }
  }
  const binder = new Moving()
  const { proxier } = await start(t, new FakeSource(service('web')), {
    portalBinder: binder,
    syncPeriodMs: 100,
  })
  binder.address = '127.0.0.2'
  await once(proxier, 'listener')
  t.match(await proxier.services(), [{ listeners: [{ address: '127.0.0.2' }] }])
})

t.test('what is to be listened on is prepared before it is', async (t) => {
  const told: string[] = []
  class Preparing extends FakeBinder {
    async prepare(servicePorts: readonly ServicePort[]) {
      await new Promise(setImmediate)
      told.push(...servicePorts.map(({ name }) => `prepare ${name.name}`))
    }
    override listenAddresses(servicePort?: ServicePort) {
      told.push(`listen ${servicePort?.name.name}`)
      return []
    }
  }
  const source = new FakeSource(service('web'))
  const { proxier } = await start(t, source, { portalBinder: new Preparing() })
  source.set(service('other'))
  await once(proxier, 'sync')
  t.strictSame(told, ['prepare web', 'listen web', 'prepare other', 'listen other'])
})

t.test('while the kernel says no, changes of endpoints are live', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  const binder = new FakeBinder()
  const source = new FakeSource(service('web'), slice('web', [a.port]))
  const { proxier } = await start(t, source, { portalBinder: binder })
  const { opened, open } = gate()
  binder.held = opened
  source.set(service('other'))
  await once(proxier, 'sync') // and the binder is waiting now
  source.set(slice('web', [b.port]))
  await once(proxier, 'sync')
  t.equal((await exchange(t, await portOf(proxier))).bytes.toString(), 'b')
  open()
})

t.test('what is told while the first portals are made is not forgotten', async (t) => {
  const binder = new FakeBinder()
  const source = new FakeSource(service('web'))
  const proxier = new Proxier({
    source,
    portalBinder: binder,
    minSyncPeriodMs: 0,
    syncPeriodMs: 60_000,
  })
  t.teardown(() => proxier.close())
  binder.sync = async () => {
    binder.sync = async () => {}
    source.set(service('late'))
  }
  await proxier.start()
  await once(proxier, 'sync')
  t.match(await proxier.services(), [{ name: 'late' }, { name: 'web' }])
})

t.test('a scheduler that throws is told of once, and its clients are served', async (t) => {
  const backend = await startNamed(t, 'x')
  const source = new FakeSource(service('web'), slice('web', [backend.port]))
  const pick = (): never => {
    throw new Error('bug')
  }
  const { proxier, problems } = await start(t, source, { loadBalancer: () => ({ pick }) })
  for (let i = 0; i < 3; i++)
    t.equal((await exchange(t, await portOf(proxier))).bytes.toString(), 'x')
  t.match(problems, [
    {
      code: 'ERR_LOAD_BALANCER',
      servicePort: 'default/web:http',
      message: 'default/web:http: the load balancer failed, another one answers for it: Error: bug',
    },
  ])
  const broken = await start(t, new FakeSource(service('web'), slice('web', [backend.port])), {
    loadBalancer: pick,
  })
  t.equal((await exchange(t, await portOf(broken.proxier))).bytes.toString(), 'x')
  t.match(broken.problems, [{ code: 'ERR_LOAD_BALANCER' }])
})

t.test('close goes on where one part of it fails, and says so in the end', async (t) => {
  const source = new FakeSource(service('web'))
  const { proxier, binder } = await start(t, source)
  const port = await portOf(proxier)
  source.close = () => Promise.reject(new Error('will not'))
  await t.rejects(proxier.close(), { code: 'ERR_PORTAL', message: 'close failed: Error: will not' })
  t.same(binder.closedWith, { keepPortals: false })
  t.match(await exchange(t, port), { how: 'ECONNREFUSED' })
})

t.test('a listener that cannot be bound is a problem with a name, told once', async (t) => {
  const other = await startBackend(t)
  const taken = service('web', { ports: [port({ port: other.port })] })
  class Exact extends FakeBinder {
    override listenAddresses() {
      return [{ role: 'proxy-port' as const, address: '127.0.0.1', ports: [other.port] }]
    }
  }
  const { proxier, problems } = await start(t, new FakeSource(taken), { portalBinder: new Exact() })
  t.match(problems, [
    {
      code: 'ERR_LISTEN',
      servicePort: 'default/web:http',
      message: `default/web:http: EADDRINUSE: 127.0.0.1:${other.port} is taken by another process`,
    },
  ])
  t.match(await proxier.services(), [{ listeners: [{ port: 0, error: /EADDRINUSE/ }] }])
  const bound = once(proxier, 'listener')
  other.server.close()
  t.match(await bound, [{ servicePort: 'default/web:http', port: other.port, error: undefined }])
})

t.test('a problem of the source is told', async (t) => {
  const source = new FakeSource()
  const { problems } = await start(t, source)
  source.listener?.problem(new ProxyError('ERR_INVALID_MANIFEST', 'shop.yaml:1:1: what; right'))
  t.match(problems, [{ code: 'ERR_INVALID_MANIFEST' }])
})

t.test('a source that cannot begin fails the start, and close still works', async (t) => {
  const source = new FakeSource()
  source.failure = new ProxyError('ERR_SOURCE', 'nothing there')
  const proxier = new Proxier({ source })
  await t.rejects(proxier.start(), { code: 'ERR_SOURCE' })
  await proxier.close()
  t.ok(source.isClosed)
})

t.test('close ends all, passes on what is asked, and is idempotent', async (t) => {
  const backend = await startBackend(t)
  const { proxier, binder } = await start(
    t,
    new FakeSource(service('web'), slice('web', [backend.port])),
  )
  const client = await dial(t, await portOf(proxier))
  await backend.accepted(0)
  const ending = received(client)
  await Promise.all([proxier.close({ graceMs: 10, keepPortals: true }), proxier.close()])
  t.equal((await ending).how, 'ECONNRESET')
  t.same(binder.closedWith, { keepPortals: true })
  await t.rejects(proxier.start(), { code: 'ERR_CLOSED' })
})

t.test('is disposed of at the end of its block; start is idempotent', async (t) => {
  const source = new FakeSource()
  {
    await using proxier = new Proxier({ source })
    await Promise.all([proxier.start(), proxier.start()])
  }
  t.ok(source.isClosed)
})

t.test('an invalid option is refused before anything is opened', async (t) => {
  t.throws(() => new Proxier({ source: new FakeSource(), udpTimeoutMs: 0 }), {
    code: 'ERR_INVALID_OPTION',
  })
})

t.test('the default portal binder listens on the bind address', async (t) => {
  const proxier = new Proxier({ source: new FakeSource(service('web')), bindAddress: '127.0.0.2' })
  t.teardown(() => proxier.close())
  await proxier.start()
  t.match(await proxier.services(), [{ listeners: [{ address: '127.0.0.2', error: undefined }] }])
  t.equal(proxier.portalBinder.mode, 'none')
})

t.test('a node port inside the ephemeral range is warned of, once', async (t) => {
  const nodePort = (nodePort: number) => service('web', { ports: [port({ port: 1, nodePort })] })
  const source = new FakeSource(nodePort(40_000))
  const { proxier, problems } = await start(t, source, {
    ephemeralPorts: () => ({ text: '32768-60999', has: (port) => port > 32_767 }),
  })
  t.match(problems, [
    {
      code: 'ERR_PORTAL',
      message:
        'default/web:http: node port 40000 lies in the ephemeral range 32768-60999, where any program may hold it; 40000 in net.ipv4.ip_local_reserved_ports would keep it free',
    },
  ])
  source.set(slice('web', []))
  await proxier.sync()
  source.set(nodePort(30_000))
  await proxier.sync()
  t.equal(problems.length, 1)
})

t.test('what the source says of itself and of this node is known', async (t) => {
  const balanced = service('web', {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 30_999,
  })
  const source = new FakeSource(balanced, slice('web', [8080]), nodeOf())
  const told: (Node | undefined)[] = []
  const binder = Object.assign(new FakeBinder(), {
    setNode: (node: Node | undefined) => void told.push(node),
  })
  const { proxier } = await start(t, source, { portalBinder: binder, nodeName: 'node-1' })
  t.match(proxier.node, { name: 'node-1', zone: 'zone-a' })
  t.same(proxier.serviceHealth(), [
    { namespace: 'default', name: 'web', healthCheckNodePort: 30_999, localEndpoints: 0 },
  ])
  t.equal(proxier.sourceStatus, undefined)
  const heard = once(proxier, 'source')
  const status = { isLive: false, detail: 'no answer for 5 s' }
  source.listener?.status?.(status)
  t.same(await heard, [status])
  t.same(proxier.sourceStatus, status)
  source.delete(nodeOf())
  await proxier.sync()
  t.equal(proxier.node, undefined)
  t.same(told, [nodeOf(), undefined])
})

t.test('an entry that is no more is served until no rule leads to it', async (t) => {
  const backend = await startNamed(t, 'x')
  class TwoPorts extends FakeBinder {
    override listenAddresses(): readonly ListenAddress[] {
      const any = { address: '127.0.0.1', ports: [0] }
      return [
        { role: 'proxy-port', ...any },
        { role: 'node-port', ...any },
      ]
    }
  }
  const binder = new TwoPorts()
  const source = new FakeSource(splitService(), slice('web', [backend.port]))
  const { proxier } = await start(t, source, { portalBinder: binder })
  const external = binder.syncs.at(-1)?.find(({ entry }) => entry.name === 'external')
  const [proxyPort = 0, nodePort = 0] = external?.listeners.map(({ port }) => port) ?? []
  const answer = async (port: number) => {
    const { bytes, how } = await exchange(t, port)
    return how === 'end' ? bytes.toString() : how
  }
  t.same([await answer(proxyPort), await answer(nodePort)], ['x', 'x'])

  const { opened, open } = gate()
  binder.held = opened
  source.set(splitService(false))
  await once(proxier, 'sync')
  t.equal(await answer(proxyPort), 'x', 'clients may be redirected to it yet')
  t.equal(await answer(nodePort), 'ECONNREFUSED')
  open()
  await once(proxier, 'portals')
  t.equal(await answer(proxyPort), 'ECONNREFUSED')
  t.match(await proxier.services(), [{ entries: [{ name: 'internal' }] }])
})

t.test('a listener of an entry that is no more is told to nobody', async (t) => {
  const taken = await startBackend(t)
  class Taken extends FakeBinder {
    override listenAddresses(_: ServicePort, { name }: Entry): readonly ListenAddress[] {
      const port = name === 'external' ? taken.port : 0
      return [{ role: 'proxy-port', address: '127.0.0.1', ports: [port] }]
    }
  }
  const binder = new Taken()
  const source = new FakeSource(splitService())
  const { proxier, problems } = await start(t, source, { portalBinder: binder })
  t.match((await proxier.health()).unboundListeners, [
    { servicePort: 'default/web:http', role: 'proxy-port', port: 0, error: /EADDRINUSE/ },
  ])
  const told: unknown[] = []
  proxier.on('listener', (info) => told.push(info))
  const { opened, open } = gate()
  binder.held = opened
  source.set(splitService(false))
  await once(proxier, 'sync')
  t.same((await proxier.health()).unboundListeners, [])

  taken.server.close()
  // It is tried again and bound at last, of which no event can tell.
  while ((await exchange(t, taken.port)).how === 'ECONNREFUSED') {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  t.same(told, [])
  t.equal(problems.length, 1, 'the first, while it was wanted')
  open()
  await once(proxier, 'portals')
  t.match(await exchange(t, taken.port), { how: 'ECONNREFUSED' })
})

t.test('portals are never made of half a change', async (t) => {
  const taken = await startBackend(t)
  class Preparing extends FakeBinder {
    readonly prepared: string[] = []
    preparing: Promise<void> | undefined
    async prepare(servicePorts: readonly ServicePort[]) {
      this.prepared.push(...servicePorts.map(({ name }) => name.name))
      await this.preparing
    }
    override listenAddresses({ name }: ServicePort): readonly ListenAddress[] {
      const port = name.name === 'late' ? taken.port : 0
      return [{ role: 'proxy-port', address: '127.0.0.1', ports: [port] }]
    }
  }
  const binder = new Preparing()
  const source = new FakeSource(service('late'))
  const { proxier } = await start(t, source, { portalBinder: binder })
  const before = binder.syncs.length
  const { opened, open } = gate()
  binder.preparing = opened
  source.set(service('other'))
  while (!binder.prepared.includes('other')) await new Promise(setImmediate)

  const bound = once(proxier, 'listener')
  taken.server.close()
  await bound // and asks for the portals
  await new Promise(setImmediate)
  t.equal(binder.syncs.length, before)
  open()
  await once(proxier, 'portals')
  t.match(binder.syncs[before], [
    { servicePort: { name: { name: 'late' } }, listeners: [{ port: taken.port }] },
    { servicePort: { name: { name: 'other' } }, listeners: [{ role: 'proxy-port' }] },
  ])
})

t.test('a Node that has changed concerns the portals', async (t) => {
  const source = new FakeSource(service('web'), nodeOf())
  const { proxier, binder } = await start(t, source, { nodeName: 'node-1' })
  const before = binder.syncs.length
  source.set(nodeOf({ addresses: ['192.0.2.2'] }))
  await once(proxier, 'portals')
  t.equal(binder.syncs.length, before + 1)
})

t.test('health says what probes ask', async (t) => {
  let nowMs = 0
  const binder = new FakeBinder()
  const source = new FakeSource(service('web'))
  source.tellsNode = true
  const proxier = new Proxier({
    source,
    portalBinder: binder,
    nodeName: 'node-1',
    minSyncPeriodMs: 0,
    syncPeriodMs: 60_000,
    now: () => nowMs,
  })
  t.teardown(() => proxier.close())
  t.strictSame(await proxier.health(), {
    hasSynced: false,
    isClosing: false,
    lastSyncMs: undefined,
    waitingMs: 0,
    isHealthy: true,
    isNodeEligible: false,
    unboundListeners: [],
    lostWorkers: 0,
    source: undefined,
  })
  const began = Date.now()
  await proxier.start()
  const { hasSynced, isNodeEligible, lastSyncMs = 0 } = await proxier.health()
  t.ok(hasSynced)
  t.notOk(isNodeEligible, 'the source tells of Nodes, and not of this one')
  t.ok(lastSyncMs >= began && lastSyncMs <= Date.now())

  for (const isLeaving of [false, true]) {
    source.set(nodeOf({ isLeaving }))
    await once(proxier, 'portals')
    t.equal((await proxier.health()).isNodeEligible, !isLeaving)
  }

  const { opened, open } = gate()
  binder.held = opened
  source.set(service('other'))
  await once(proxier, 'sync')
  for (const [waitingMs, isHealthy] of [
    [119_999, true],
    [120_000, false],
  ] as const) {
    nowMs = waitingMs
    t.match(await proxier.health(), { waitingMs, isHealthy })
  }
  open()
  await once(proxier, 'portals')
  t.match(await proxier.health(), { waitingMs: 0, isHealthy: true, isClosing: false })

  const closing = proxier.close()
  t.ok((await proxier.health()).isClosing)
  await closing
})

t.test('where the source tells of no Node this one is eligible', async (t) => {
  const { proxier } = await start(t, new FakeSource())
  t.ok((await proxier.health()).isNodeEligible)
})

t.test('it explains what comes next, once what is under way is programmed', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  const source = new FakeSource(service('web'), slice('web', [a.port]))
  const { proxier, binder } = await start(t, source)
  t.match(await proxier.explain({ service: 'web', client: '127.0.0.1' }), {
    isAdmitted: true,
    usable: [{ endpoint: `127.0.0.1:${a.port}` }],
    next: { endpoint: `127.0.0.1:${a.port}`, why: 'turn' },
  })
  const explained = new Promise<unknown>((resolve) => {
    const prepare = async (): Promise<void> => {
      await Promise.resolve()
      // A sync is under way that has computed what should be, and has not told the data plane yet.
      resolve(proxier.explain({ service: 'web' }))
      await new Promise((resolve) => setImmediate(resolve))
    }
    Object.assign(binder, { prepare })
  })
  source.set(slice('web', [b.port]))
  t.match(await explained, { usable: [{ endpoint: `127.0.0.1:${b.port}` }] })
  await t.rejects(proxier.explain({ service: 'wbe' }), { code: 'ERR_MISSING_SERVICE' })
})

t.test('endpoints that are refused are told when they appear', async (t) => {
  const source = new FakeSource(service('web'))
  const proxier = new Proxier({ source, allowLoopbackEndpoints: false })
  t.teardown(() => proxier.close())
  await proxier.start()
  const heard = once(proxier, 'refused')
  source.set(slice('web', [8080]))
  t.match(await heard, [{ servicePort: /^default\/web/, endpoints: [{ reason: /never dialled/ }] }])
})

t.test('stats are what metrics are made of, of one moment', async (t) => {
  const alive = await startNamed(t, 'alive')
  const source = new FakeSource(service('web'), slice('web', [alive.port]))
  const { proxier } = await start(t, source)
  const before = await proxier.stats()
  t.match(before, {
    servicePorts: [{ name: 'web', counts: { opened: 0 } }],
    totals: { counts: { opened: 0, open: 0 } },
    gaps: { refused: 0 },
    source: undefined,
    portals: undefined,
  })
  t.strictSame(before.endpoints, [])
  const { services, endpoints } = before.changes
  t.strictSame([services.total, endpoints.total, services.pending], [1, 1, 0])
  t.ok((before.lastSyncMs ?? 0) >= (before.changes.lastQueuedMs ?? Infinity))
  t.strictSame((await proxier.stats({ endpoints: true })).endpoints, [], 'none is used')
  await exchange(t, await portOf(proxier))
  const all = await proxier.stats({ endpoints: true })
  t.match(all.endpoints, [{ name: 'web', endpoint: `127.0.0.1:${alive.port}`, failedDials: 0 }])
})

t.test('a sync tells how long the changes took that it programmed, but for old ones', async (t) => {
  const source = new FakeSource(service('web'))
  const { proxier } = await start(t, source)
  const told = async (lastChangeTriggerTime: string) => {
    const synced = once(proxier, 'sync')
    source.set(sliceOf(['10.0.0.1'], { serviceName: 'web', lastChangeTriggerTime }))
    return ((await synced) as ProxierEvents['sync'])[0].networkProgramming
  }
  t.strictSame(await told('2006-01-02T15:04:05Z'), [], 'from before this process')
  t.strictSame(await told('soon'), [], 'no time')
  const [change, ...more] = await told(new Date().toJSON())
  t.equal(change?.family, 'IPv4')
  t.ok((change?.durationMs ?? -1) >= 0)
  t.strictSame(more, [])
  t.match(await told(new Date(Date.now() + 60_000).toJSON()), [{ durationMs: 0 }], 'clocks differ')
})

t.test(
  'what is open is counted by address and endpoint, and drains when the endpoint goes',
  async (t) => {
    const backend = await startBackend(t)
    const source = new FakeSource(service('web'), slice('web', [backend.port]))
    const { proxier } = await start(t, source, { interfaces: () => ({ lo: undefined }) })
    const isClosing = async () => (await proxier.connections()).map(({ draining }) => draining)
    const client = await dial(t, await portOf(proxier))
    await backend.accepted(0)
    while ((await proxier.connections())[0]?.state !== 'established') {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const real = { address: '127.0.0.1', port: backend.port, inactiveConnections: 0 }
    t.match(await proxier.virtualServers(), [
      {
        way: 'proxy-port',
        scheduler: 'rr',
        realServers: [{ ...real, weight: 1, activeConnections: 1 }],
      },
    ])
    t.same(await isClosing(), [undefined])
    source.set(slice('web', []))
    await proxier.sync()
    t.match(await proxier.virtualServers(), [
      { realServers: [{ ...real, weight: 0, activeConnections: 1 }] },
    ])
    t.same(await isClosing(), ['endpoint-removed'])
    const closed = proxier.close({ graceMs: 10_000 })
    t.same(await isClosing(), ['closing'])
    client.resetAndDestroy()
    await closed
  },
)

t.test('what is hardly meant is a line of the log', async (t) => {
  const source = new FakeSource()
  const lines: unknown[] = []
  const note = (fields: object, message: string): void => void lines.push({ ...fields, message })
  const logger = { debug: note, info: note, warn: note, error: note }
  const { problems } = await start(t, source, { logger })
  source.listener?.warning?.('a.yaml:1:1: prots is no field')
  t.same(lines, [{ event: 'manifest', message: 'a.yaml:1:1: prots is no field' }])
  t.same(problems, [])
})

t.test('a cluster IP of two Services is a problem, and shown with both', async (t) => {
  const clusterIPs = ['10.96.0.10']
  const source = new FakeSource(service('api', { clusterIPs }), service('web', { clusterIPs }))
  const { proxier, problems } = await start(t, source)
  const what =
    '10.96.0.10:1/TCP is a portal of default/api:http too; only one of them can be served'
  t.match(problems, [{ code: 'ERR_PORTAL', message: `default/web:http: ${what}` }])
  const shown = async () => (await proxier.services()).map(({ name, ...rest }) => [name, rest])
  const portal = '10.96.0.10:1/TCP'
  t.match(await shown(), [
    ['api', { sharedPortals: [{ portal, others: ['default/web:http'] }] }],
    ['web', { sharedPortals: [{ portal, others: ['default/api:http'] }] }],
  ])
  source.delete({ kind: 'Service', namespace: 'default', name: 'api' })
  await proxier.sync()
  const [[, left] = []] = await shown()
  t.notOk(Object.hasOwn(left as object, 'sharedPortals'))
})

t.test('more threads than one serve, say what is wrong, and are replaced', async (t) => {
  const workers: Worker[] = []
  const note = (worker: Worker): void => void workers.push(worker)
  process.on('worker', note)
  t.teardown(() => process.off('worker', note))
  const alive = await startNamed(t, 'alive')
  const source = new FakeSource(service('web'), slice('web', [alive.port]))
  const { proxier, problems } = await start(t, source, { workers: 2, scheduler: 'lc' })
  t.equal(workers.length, 2)
  const [first] = (await proxier.services()) as ProxiedStatus[]
  const at = first?.listeners[0]?.port ?? 0
  const closed = new Promise((resolve) => void proxier.once('close', resolve))
  t.equal((await exchange(t, at)).bytes.toString(), 'alive')
  t.match(await closed, { endpoint: `127.0.0.1:${alive.port}`, reason: 'ended' })
  t.match(await proxier.virtualServers(), [{ scheduler: 'lc' }])
  t.equal((await proxier.health()).lostWorkers, 0)
  const lost = once(proxier, 'problem')
  await workers[0]?.terminate()
  await lost
  t.match(problems, [
    {
      code: 'ERR_WORKER',
      message:
        'worker 1 of 2 was lost, and with it 0 connections; another one takes its place: the thread has ended',
    },
  ])
  t.equal((await exchange(t, at)).bytes.toString(), 'alive')
  await proxier.close()
  t.match((await proxier.stats()).totals.counts, { opened: 2, open: 0 })
})

t.test('a load balancer of the user is for one thread', async (t) => {
  const loadBalancer = () => ({ pick: () => t.fail('nobody asks') as never })
  t.throws(() => new Proxier({ source: new FakeSource(), workers: 2, loadBalancer }), {
    code: 'ERR_INVALID_OPTION',
  })
})
