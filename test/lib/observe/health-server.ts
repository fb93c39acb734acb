import t, { type Test } from 'tap'
import type { HealthServerOptions } from '../../../lib/observe/health-server.ts'
import { HealthServer } from '../../../lib/observe/health-server.ts'
import { Proxier } from '../../../lib/proxier.ts'
import type { ProxierHealth } from '../../../lib/proxier-options.ts'
import { MemorySource } from '../../../lib/source/memory-source.ts'
import { holdPort } from '../../fixtures/held-port.ts'
import { healthOf } from '../../fixtures/proxier-health.ts'

const now = '2026-01-01T00:01:00.000Z'
const lastSync = '2026-01-01T00:00:00.000Z'
const never = '0001-01-01T00:00:00Z'

async function start(t: Test, options: HealthServerOptions): Promise<string> {
  const server = new HealthServer({ address: '127.0.0.1', port: 0, ...options })
  t.teardown(() => server.close())
  await server.start()
  return `http://127.0.0.1:${server.port}`
}

/** What is answered at `path`; the body as text, since the order of its keys is part of it. */
async function probe(t: Test, path: string, fields: Partial<ProxierHealth>) {
  const proxier = { health: async () => healthOf(fields) }
  const url = await start(t, { proxier, now: () => Date.parse(now) })
  const response = await fetch(url + path)
  return { status: response.status, body: await response.text() }
}

const both = (lastUpdated: string, healthy: boolean) =>
  `{"IPv4":{"lastUpdated":"${lastUpdated}","healthy":${healthy}},"IPv6":{"lastUpdated":"${lastUpdated}","healthy":${healthy}}}`

// kubernetes v1.34 pkg/proxy/healthcheck/healthcheck_test.go, and the struct ProxyHealth
const cases: readonly {
  what: string
  health: Partial<ProxierHealth>
  path: string
  status: number
  body: string
}[] = [
  {
    what: 'all is well: the last update is now, for old readers',
    health: {},
    path: '/healthz',
    status: 200,
    body: `{"lastUpdated":"${now}","currentTime":"${now}","nodeEligible":true,"healthy":true,"status":${both(lastSync, true)}}`,
  },
  {
    what: 'all is well, and nothing is said of the node',
    health: {},
    path: '/livez',
    status: 200,
    body: `{"lastUpdated":"${now}","currentTime":"${now}","healthy":true,"status":${both(lastSync, true)}}`,
  },
  {
    what: 'a change waits for too long: the last update is the last sync',
    health: { isHealthy: false },
    path: '/healthz',
    status: 503,
    body: `{"lastUpdated":"${lastSync}","currentTime":"${now}","nodeEligible":true,"healthy":false,"status":${both(lastSync, false)}}`,
  },
  {
    what: 'a change waits for too long',
    health: { isHealthy: false },
    path: '/livez',
    status: 503,
    body: `{"lastUpdated":"${lastSync}","currentTime":"${now}","healthy":false,"status":${both(lastSync, false)}}`,
  },
  {
    what: 'the node is leaving',
    health: { isNodeEligible: false },
    path: '/healthz',
    status: 503,
    body: `{"lastUpdated":"${lastSync}","currentTime":"${now}","nodeEligible":false,"healthy":true,"status":${both(lastSync, true)}}`,
  },
  {
    what: 'the node is leaving, which is no reason to restart anything',
    health: { isNodeEligible: false },
    path: '/livez',
    status: 200,
    body: `{"lastUpdated":"${now}","currentTime":"${now}","healthy":true,"status":${both(lastSync, true)}}`,
  },
  {
    what: 'it is closing: whoever comes is not served any more',
    health: { isClosing: true },
    path: '/healthz',
    status: 503,
    body: `{"lastUpdated":"${lastSync}","currentTime":"${now}","nodeEligible":false,"healthy":true,"status":${both(lastSync, true)}}`,
  },
  {
    what: 'it is closing, and needs its time for that',
    health: { isClosing: true },
    path: '/livez',
    status: 200,
    body: `{"lastUpdated":"${now}","currentTime":"${now}","healthy":true,"status":${both(lastSync, true)}}`,
  },
  {
    what: 'it is starting, which is healthy',
    health: { hasSynced: false, lastSyncMs: undefined },
    path: '/livez',
    status: 200,
    body: `{"lastUpdated":"${now}","currentTime":"${now}","healthy":true}`,
  },
  {
    what: 'it is starting, and the node is not known yet',
    health: { hasSynced: false, lastSyncMs: undefined, isNodeEligible: false },
    path: '/healthz',
    status: 503,
    body: `{"lastUpdated":"${never}","currentTime":"${now}","nodeEligible":false,"healthy":true}`,
  },
  {
    what: 'it serves all that is wanted',
    health: {},
    path: '/readyz',
    status: 200,
    body: `{"currentTime":"${now}","ready":true,"hasSynced":true,"isClosing":false,"unboundListeners":[]}`,
  },
  {
    what: 'the source hears nothing new, and what was known is served',
    health: { source: { isLive: false, detail: 'no answer since noon' } },
    path: '/readyz',
    status: 200,
    body: `{"currentTime":"${now}","ready":true,"hasSynced":true,"isClosing":false,"unboundListeners":[],"source":{"isLive":false,"detail":"no answer since noon"}}`,
  },
  {
    what: 'nothing was programmed yet',
    health: { hasSynced: false, source: { isLive: true, detail: 'follows' } },
    path: '/readyz',
    status: 503,
    body: `{"currentTime":"${now}","ready":false,"hasSynced":false,"isClosing":false,"unboundListeners":[],"source":{"isLive":true,"detail":"follows"}}`,
  },
  {
    what: 'it is closing',
    health: { isClosing: true },
    path: '/readyz?verbose',
    status: 503,
    body: `{"currentTime":"${now}","ready":false,"hasSynced":true,"isClosing":true,"unboundListeners":[]}`,
  },
  {
    what: 'a worker thread is away',
    health: { lostWorkers: 1 },
    path: '/readyz',
    status: 503,
    body: `{"currentTime":"${now}","ready":false,"hasSynced":true,"isClosing":false,"unboundListeners":[],"lostWorkers":1}`,
  },
  {
    what: 'listeners that are not bound are named, with the reason',
    health: {
      unboundListeners: [
        { servicePort: 'a/b', role: 'node-port', address: '::', port: 0, error: 'EACCES: no' },
        { servicePort: 'a/c:d', role: 'proxy-port', address: '::1', port: 0, error: undefined },
      ],
    },
    path: '/readyz',
    status: 503,
    body: `{"currentTime":"${now}","ready":false,"hasSynced":true,"isClosing":false,"unboundListeners":[{"servicePort":"a/b","role":"node-port","address":"::","error":"EACCES: no"},{"servicePort":"a/c:d","role":"proxy-port","address":"::1","error":"not tried yet"}]}`,
  },
]

for (const { what, health, path, status, body } of cases) {
  t.test(`${path}: ${what}`, async (t) => {
    t.same(await probe(t, path, health), { status, body })
  })
}

t.test('any method is answered, and any other path is not', async (t) => {
  const url = await start(t, { proxier: { health: async () => healthOf() } })
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
    t.equal((await fetch(`${url}/healthz`, { method })).status, 200)
  }
  const unknown = await fetch(`${url}/metrics`)
  t.equal(unknown.status, 404)
  t.same(await unknown.json(), {
    error: 'there is no /metrics',
    paths: ['/healthz', '/livez', '/readyz'],
  })
})

t.test('a taken port is told with its address', async (t) => {
  const { port } = await holdPort(t, '127.0.0.1')
  const proxier = { health: async () => healthOf() }
  const server = new HealthServer({ proxier, address: '127.0.0.1', port })
  t.teardown(() => server.close())
  await t.rejects(server.start(), {
    code: 'ERR_LISTEN',
    message: `health server: EADDRINUSE on 127.0.0.1:${port}`,
  })
})

t.test('of a Proxier: not ready, ready, and not ready any more', async (t) => {
  const { port: taken } = await holdPort(t, '127.77.0.3')
  const source = new MemorySource()
  const proxier = new Proxier({ source, bindAddress: '127.77.0.3', proxyPortRange: `${taken}` })
  t.teardown(() => proxier.close())
  let nowMs = 0
  const url = await start(t, { proxier, now: () => (nowMs += 1000) })
  const statuses = async () => {
    const asked = ['healthz', 'livez', 'readyz'].map((path) => fetch(`${url}/${path}`))
    return (await Promise.all(asked)).map(({ status }) => status)
  }
  t.same(await statuses(), [200, 200, 503], 'before its start')
  await proxier.start()
  t.same(await statuses(), [200, 200, 200], 'once it has synced')
  source.set({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { ports: [{ port: taken }] },
  })
  await proxier.sync()
  t.same(await statuses(), [200, 200, 503], 'where it cannot listen')
  t.match(await (await fetch(`${url}/readyz`)).json(), {
    unboundListeners: [{ servicePort: 'default/web', address: '127.77.0.3', error: /^EADDRINUSE/ }],
  })
  source.delete({ kind: 'Service', name: 'web' })
  await proxier.sync()
  t.same(await statuses(), [200, 200, 200])
  await proxier.close()
  t.same(await statuses(), [503, 200, 503], 'once it is closed')
})

t.test("the default is kube-proxy's healthz address", async (t) => {
  const server = new HealthServer({ proxier: { health: async () => healthOf() } })
  t.equal(server.port, 0, 'and nothing is bound before start')
})

t.test('every answer is told, and none of another path', async (t) => {
  const told: (readonly [string, number])[] = []
  let isHealthy = true
  const url = await start(t, {
    proxier: { health: async () => healthOf({ isHealthy }) },
    onAnswer: (...answer) => told.push(answer),
    // So that nothing is remembered.
    now: () => told.length * 10_000,
  })
  await fetch(`${url}/healthz`)
  isHealthy = false
  await fetch(`${url}/livez`)
  await fetch(`${url}/readyz`)
  await fetch(`${url}/other`)
  t.strictSame(told, [
    ['healthz', 200],
    ['livez', 503],
    ['readyz', 200],
  ])
})
