import { once } from 'node:events'
import t from 'tap'
import { parseOptions } from '../../../lib/options.ts'
import type {
  DataPlaneEvents,
  ListenerStatus,
  ProxySocketSpec,
} from '../../../lib/relay/data-plane.ts'
import { InProcessDataPlane } from '../../../lib/relay/in-process-data-plane.ts'
import { endpointAt, startPlane, testKey } from '../../fixtures/data-plane.ts'
import { dial, exchange, startBackend, startNamed } from '../../fixtures/tcp.ts'

function spec(key: string, changes: Partial<ProxySocketSpec> = {}): ProxySocketSpec {
  return {
    key,
    servicePort: key,
    protocol: 'TCP',
    listen: [{ role: 'proxy-port', address: '127.0.0.1', ports: [0] }],
    endpoints: [],
    sessionAffinity: { type: 'None' },
    ...changes,
  }
}

function planeOf(options = {}): { plane: InProcessDataPlane; told: Map<string, ListenerStatus[]> } {
  const told = new Map<string, ListenerStatus[]>()
  const events: DataPlaneEvents = {
    listener: (key, status) => void told.set(key, [...(told.get(key) ?? []), status]),
    connection: () => {},
    close: () => {},
    fault: () => {},
    watchesConnections: () => false,
  }
  return {
    plane: new InProcessDataPlane({ options: parseOptions(options), events, random: () => 0 }),
    told,
  }
}

t.test('what crosses the seam is plain data', async (t) => {
  const backend = await startBackend(t)
  const { port, plane } = await startPlane(t, { endpoints: [backend.port] })
  await dial(t, port)
  await backend.accepted(0)
  const [stats, connections] = [await plane.stats(), await plane.connections()]
  t.same(structuredClone(stats), stats)
  t.same(structuredClone(connections), connections)
})

t.test('a listener is kept across every change that does not alter its address', async (t) => {
  const { plane, told } = planeOf()
  t.teardown(() => plane.close({ graceMs: 0 }))
  await plane.apply({ set: [spec('a')], removed: [] })
  const before = (await plane.stats())[0]?.listeners
  for (const port of [1, 2, 3]) {
    await plane.apply({
      removed: [],
      set: [
        spec('a', {
          endpoints: [endpointAt(port)],
          sessionAffinity: { type: 'ClientIP', timeoutSeconds: port },
        }),
      ],
    })
  }
  t.same((await plane.stats())[0]?.listeners, before)
  t.equal(told.get('a')?.length, 1)
})

t.test(
  'a listener whose address changes is closed, the new one is opened, the others stay',
  async (t) => {
    const { plane } = planeOf()
    t.teardown(() => plane.close({ graceMs: 0 }))
    const stays = { role: 'proxy-port', address: '127.0.0.1', ports: [0] } as const
    await plane.apply({
      removed: [],
      set: [
        spec('a', { listen: [stays, { role: 'node-port', address: '127.0.0.2', ports: [0] }] }),
      ],
    })
    const [kept, closed] = (await plane.stats())[0]?.listeners ?? []
    await plane.apply({
      removed: [],
      set: [
        spec('a', { listen: [stays, { role: 'node-port', address: '127.0.0.3', ports: [0] }] }),
      ],
    })
    const after = (await plane.stats())[0]?.listeners ?? []
    t.same(after[0], kept)
    t.match(after[1], { address: '127.0.0.3' })
    t.equal(
      (await exchange(t, after[0]?.port ?? 0)).how,
      'ECONNRESET',
      'it answers: there is no endpoint',
    )
    const gone = (await import('node:net')).connect({ port: closed?.port ?? 0, host: '127.0.0.2' })
    const [error] = (await once(gone, 'error')) as [NodeJS.ErrnoException]
    t.equal(error.code, 'ECONNREFUSED')
  },
)

t.test('a port that another ServicePort gives up in the same change can be had', async (t) => {
  const { plane } = planeOf()
  t.teardown(() => plane.close({ graceMs: 0 }))
  await plane.apply({ set: [spec('a')], removed: [] })
  const port = (await plane.stats())[0]?.listeners[0]?.port ?? 0
  await plane.apply({
    set: [spec('b', { listen: [{ role: 'proxy-port', address: '127.0.0.1', ports: [port] }] })],
    removed: ['a', 'never was'],
  })
  t.match(await plane.stats(), [{ key: 'b', listeners: [{ port, error: undefined }] }])
})

for (const protocol of ['TCP', 'UDP'] as const) {
  t.test(
    `${protocol}: what is leaving keeps its proxy ports alone, and may come back`,
    async (t) => {
      const { plane } = planeOf()
      t.teardown(() => plane.close({ graceMs: 0 }))
      const roles = ['node-port', 'proxy-port', 'portal'] as const
      const listen = roles.map((role) => ({ role, address: '127.0.0.1', ports: [0] }))
      const all = [spec('a', { protocol, listen }), spec('b', { protocol, listen })]
      const listeners = async () => (await plane.stats()).map((socket) => socket.listeners)
      await plane.apply({ set: all, removed: [] })
      const [ofA, ofB] = await listeners()
      const [, proxyPort] = ofA ?? []
      await plane.apply({ set: [], removed: [], leaving: ['a', 'never was'] })
      t.strictSame(await listeners(), [[proxyPort], ofB])
      await plane.apply({ set: all, removed: [] })
      const [again] = await listeners()
      t.strictSame(
        again?.map(({ role, error }) => [role, error]),
        ['proxy-port', 'node-port', 'portal'].map((role) => [role, undefined]),
      )
      t.strictSame(again?.[0], proxyPort, 'the very one that was kept')
      await plane.apply({ set: [], removed: ['a'], leaving: ['a'] })
      t.strictSame(await listeners(), [ofB])
    },
  )
}

t.test('a port that is taken is reported, and no other ServicePort suffers', async (t) => {
  const other = await startBackend(t)
  const alive = await startNamed(t, 'alive')
  const { plane, told } = planeOf()
  t.teardown(() => plane.close({ graceMs: 0 }))
  const taken = { role: 'proxy-port', address: '127.0.0.1', ports: [other.port] } as const
  await plane.apply({
    removed: [],
    set: [
      spec('tcp', { listen: [taken] }),
      spec('fine', { endpoints: [endpointAt(alive.port)] }),
      spec('v6', { listen: [{ role: 'proxy-port', address: '2001:db8::1', ports: [0] }] }),
      spec('udp', {
        protocol: 'UDP',
        listen: [{ role: 'proxy-port', address: '192.0.2.1', ports: [0] }],
      }),
    ],
  })
  t.match(told.get('tcp'), [
    { port: 0, error: `EADDRINUSE: 127.0.0.1:${other.port} is taken by another process` },
  ])
  t.match(told.get('v6'), [{ port: 0, error: /EADDRNOTAVAIL|ENETUNREACH|EAFNOSUPPORT/ }])
  t.match(told.get('udp'), [
    { port: 0, error: 'EADDRNOTAVAIL: 192.0.2.1:0 is not an address of this machine' },
  ])
  const port = told.get('fine')?.[0]?.port ?? 0
  t.equal((await exchange(t, port)).bytes.toString(), 'alive')
})

t.test('without a descriptor for it a listener waits', async (t) => {
  const { plane, told } = planeOf({ maxDescriptors: 1 })
  t.teardown(() => plane.close({ graceMs: 0 }))
  await plane.apply({ set: [spec('a')], removed: [] })
  await plane.apply({ set: [spec('b')], removed: [] })
  t.match(told.get('b'), [
    { port: 0, error: 'EMFILE: 127.0.0.1:0 needs a file descriptor and none is left' },
  ])
})

t.test(
  'established connections of a removed ServicePort live on, are listed, and end with the process',
  async (t) => {
    const backend = await startBackend(t, (socket) => socket.pipe(socket))
    const { port, plane } = await startPlane(t, { endpoints: [backend.port] })
    const client = await dial(t, port)
    await backend.accepted(0)
    await plane.apply({ set: [], removed: [testKey] })
    t.match(await plane.stats(), [{ key: testKey, listeners: [], counts: { open: 1 } }])
    client.write('alive')
    t.equal(String((await once(client, 'data'))[0]), 'alive')
    t.equal((await plane.connections()).length, 1)
    const ended = once(client, 'end')
    client.end()
    await ended
    while ((await plane.connections()).length > 0)
      await new Promise((resolve) => setImmediate(resolve))
    await plane.apply({ set: [spec('b')], removed: [] })
    await plane.apply({ set: [], removed: ['b'] })
  },
)

t.test('a scheduler of the user is asked', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  let made = 0
  const plane = new InProcessDataPlane({
    options: parseOptions(),
    events: {
      listener() {},
      connection() {},
      close() {},
      fault() {},
      watchesConnections: () => false,
    },
    loadBalancer: () => {
      made++
      return {
        pick: (endpoints) =>
          endpoints.find(({ port }) => port === b.port) ?? (endpoints[0] as never),
      }
    },
  })
  t.teardown(() => plane.close({ graceMs: 0 }))
  const endpoints = [endpointAt(a.port), endpointAt(b.port)].sort((x, y) =>
    x.key < y.key ? -1 : 1,
  )
  await plane.apply({ set: [spec('a', { endpoints })], removed: [] })
  const port = (await plane.stats())[0]?.listeners[0]?.port ?? 0
  for (let i = 0; i < 3; i++) t.equal((await exchange(t, port)).bytes.toString(), 'b')
  t.equal(made, 1)
})

t.test('close is idempotent and leaves no listener', async (t) => {
  const { plane } = planeOf()
  await plane.apply({ set: [spec('a'), spec('u', { protocol: 'UDP' })], removed: [] })
  const listeners = (await plane.stats()).flatMap((socket) => socket.listeners)
  t.ok(listeners.every(({ port }) => port > 0))
  await Promise.all([plane.close({ graceMs: 0 }), plane.close({ graceMs: 0 })])
  t.same(
    (await plane.stats()).flatMap((socket) => socket.listeners),
    [],
  )
})

t.test('a ServicePort that comes back has its connections, and counts them', async (t) => {
  const backend = await startBackend(t, (socket) => socket.pipe(socket))
  const { port, plane, setEndpoints, counts } = await startPlane(t, { endpoints: [backend.port] })
  const client = await dial(t, port)
  await backend.accepted(0)
  await plane.apply({ set: [], removed: [testKey] })
  await setEndpoints([backend.port])
  t.match(await counts(), { opened: 1, open: 1 })
  t.equal((await plane.connections()).length, 1)
  client.write('alive')
  t.equal(String((await once(client, 'data'))[0]), 'alive')
  const [status] = await plane.stats()
  t.match(await exchange(t, status?.listeners[0]?.port ?? 0, 'again'), { how: 'end' })
})

t.test('it explains what a client of each proxy socket has to expect', async (t) => {
  const { plane } = planeOf()
  t.teardown(() => plane.close({ graceMs: 0 }))
  const endpoints = [endpointAt(1)]
  const set = [spec('a', { endpoints }), spec('u', { protocol: 'UDP', endpoints })]
  await plane.apply({ set, removed: [] })
  for (const key of ['a', 'u']) {
    t.match(await plane.explain(key, '127.0.0.1'), {
      isAdmitted: true,
      isInside: false,
      next: { endpoint: '127.0.0.1:1', why: 'turn' },
    })
  }
  t.equal(await plane.explain('b', '127.0.0.1'), undefined)
})

t.test('it explains that an endpoint is a listener of its own', async (t) => {
  const { plane } = planeOf()
  t.teardown(() => plane.close({ graceMs: 0 }))
  await plane.apply({ set: [spec('a')], removed: [] })
  const port = (await plane.stats())[0]?.listeners[0]?.port ?? 0
  await plane.apply({ set: [spec('a', { endpoints: [endpointAt(port)] })], removed: [] })
  t.match(await plane.explain('a', '127.0.0.1'), {
    endpoints: [{ isLoop: true }],
    next: { endpoint: null, why: 'loop' },
  })
})

t.test('counts of what goes and comes back never fall', async (t) => {
  const alive = await startNamed(t, 'alive')
  const held = await startBackend(t, (socket) => socket.pipe(socket))
  const { plane } = planeOf()
  t.teardown(() => plane.close({ graceMs: 0 }))
  const key = 'shop/web:/TCP/IPv4'
  const [own, external] = [
    spec(key, { endpoints: [endpointAt(alive.port)] }),
    spec(`${key}/external`, { endpoints: [endpointAt(held.port)] }),
  ]
  const portOf = async (wanted: string) =>
    (await plane.stats()).find(({ key }) => key === wanted)?.listeners[0]?.port ?? 0
  const opened = async () => {
    const { counts } = await plane.totals()
    const stats = await plane.stats()
    return [counts.opened, ...stats.map(({ key, counts }) => `${key} ${counts.opened}`)]
  }
  await plane.apply({ set: [own, external], removed: [] })
  await exchange(t, await portOf(key))
  const client = await dial(t, await portOf(external.key))
  await held.accepted(0)
  t.strictSame(await opened(), [2, `${key} 1`, `${external.key} 1`])

  await plane.apply({ set: [], removed: [external.key] })
  t.strictSame(await opened(), [2, `${key} 1`, `${external.key} 1`], 'its connection lives on')
  client.end()
  while ((await plane.totals()).counts.open > 0) await once(client.resume(), 'close')
  await plane.apply({ set: [external], removed: [] })
  await plane.apply({ set: [], removed: [external.key] })
  t.strictSame(await opened(), [2, `${key} 2`], 'an entry that goes leaves them to its ServicePort')

  await plane.apply({ set: [], removed: [key] })
  t.strictSame(await opened(), [2], 'of all, also of what is gone')
  await plane.apply({ set: [own, external], removed: [] })
  t.strictSame(await opened(), [2, `${key} 2`, `${external.key} 0`], 'it goes on where it was')
})

t.test('endpoints are told with their connections and failures, the budget as it is', async (t) => {
  const backend = await startBackend(t, (socket) => socket.pipe(socket))
  const { port, plane } = await startPlane(t, {
    endpoints: [backend.port],
    options: { maxDescriptors: 10 },
  })
  const client = await dial(t, port)
  client.write('hello')
  await once(client, 'data')
  const endpoint = `127.0.0.1:${backend.port}`
  t.strictSame(await plane.endpointCounts(), [{ key: testKey, endpoint, open: 1, failedDials: 0 }])
  t.strictSame((await plane.totals()).descriptors, { used: 3, limit: 10 })
})
