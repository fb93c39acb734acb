import { EventEmitter } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ProxyError } from '../../../lib/errors.ts'
import type { LeftOutEndpoint } from '../../../lib/model/service-port.ts'
import type { KubernetesEventsOptions } from '../../../lib/observe/kubernetes-events.ts'
import { KubernetesEvents } from '../../../lib/observe/kubernetes-events.ts'
import type { ListenerInfo, ProxierEvents } from '../../../lib/proxier-options.ts'
import { KubernetesSource } from '../../../lib/source/kubernetes-source.ts'
import { ApiServer, type ApiServerOptions } from '../../fixtures/api-server/api-server.ts'
import { endpointOf } from '../../fixtures/model-objects.ts'
import { RecordingListener } from '../../fixtures/recording-listener.ts'

/** A Proxier that says what the test says. */
class FakeProxier extends EventEmitter<ProxierEvents> {
  readonly options: { readonly nodeName: string }
  readonly portalBinder = { mode: 'iptables' } as const

  constructor(nodeName: string) {
    super()
    this.options = { nodeName }
  }

  synced(): void {
    this.emit('sync', { set: 0, removed: 0, durationMs: 1, networkProgramming: [] })
  }

  failed(error: string | undefined, given: Partial<ListenerInfo> = {}): void {
    const place = { servicePort: 'shop/web:http', role: 'node-port', address: '127.0.0.1' } as const
    this.emit('listener', { ...place, port: 0, error, ...given })
  }
}

interface SeenEvent {
  readonly metadata: { readonly namespace: string }
  readonly type: string
  readonly reason: string
  readonly action: string
  readonly message: string
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid?: string }
  readonly series?: { readonly count: number }
}

/** The Events of a cluster with the Service shop/web and the Node node-a, whose source has started. */
async function eventsOf(
  t: Test,
  {
    nodeName = 'node-a',
    ...options
  }: Partial<KubernetesEventsOptions> & { nodeName?: string } = {},
  serverOptions: ApiServerOptions = {},
) {
  const server = new ApiServer(serverOptions)
  t.teardown(() => server.close())
  await server.start()
  server.set({
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ports: [{ name: 'http', port: 80 }] },
  })
  server.set({ kind: 'Node', metadata: { name: 'node-a' } })
  const kubeconfig = join(t.testdir(), 'config')
  writeFileSync(kubeconfig, server.kubeconfig())
  const source = new KubernetesSource({ kubeconfig, nodeName: 'node-a', random: () => 0.999 })
  t.teardown(() => source.close())
  await source.start(new RecordingListener())
  const proxier = new FakeProxier(nodeName)
  const events = new KubernetesEvents({ proxier, source, ...options })
  t.teardown(() => events.close())
  events.start()
  /** Resolves with all Events as soon as `count` requests have come to write one. */
  const seen = async (count: number): Promise<SeenEvent[]> => {
    const writes = () => server.requests.filter(({ verb }) => verb === 'create' || verb === 'patch')
    while (writes().length < count || events.counts.written < count) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return server.objects('Event') as unknown as SeenEvent[]
  }
  return { server, source, proxier, events, seen }
}

t.test('the beginning is told of the Node, once', async (t) => {
  const { server, proxier, seen } = await eventsOf(t)
  proxier.synced()
  proxier.synced()
  t.match(await seen(1), [
    {
      metadata: { namespace: 'default' },
      type: 'Normal',
      reason: 'Starting',
      action: 'StartUserspaceProxy',
      message: 'Services are served, portals: iptables',
      reportingComponent: 'userspace-proxy',
      reportingInstance: 'node-a',
      involvedObject: { kind: 'Node', name: 'node-a', uid: uidOf(server, 'Node') },
    },
  ])
})

t.test('a port that cannot be listened on is told of its Service', async (t) => {
  const { server, proxier, seen } = await eventsOf(t)
  proxier.failed('EADDRINUSE: 127.0.0.1:30080 is taken by another process')
  const [event] = await seen(1)
  t.match(event, {
    metadata: { namespace: 'shop' },
    type: 'Warning',
    reason: 'PortTaken',
    action: 'Listen',
    message:
      'node-a: node port of shop/web:http: EADDRINUSE: 127.0.0.1:30080 is taken by another process; tried again',
    involvedObject: { kind: 'Service', name: 'web', uid: uidOf(server, 'Service') },
  })
  proxier.failed(undefined, { port: 30_080 })
  proxier.failed('EADDRINUSE: 10.0.0.1:30080 is taken by another process')
  t.match(await seen(2), [{ message: /127\.0\.0\.1/, series: { count: 2 } }], 'a repeat')
  proxier.failed('EACCES: 10.96.0.1:80 needs the right', { role: 'portal' })
  proxier.failed('EADDRNOTAVAIL: 10.96.0.1:80 is not an address', { servicePort: 'shop/db' })
  t.match((await seen(4)).map(short).sort(), [
    'Service db FailedToListen',
    'Service web NoRights',
    'Service web PortTaken',
  ])
})

t.test('problems with a reason are told, of the Service or the Node', async (t) => {
  const { proxier, events, seen } = await eventsOf(t)
  const servicePort = 'shop/web:http'
  const problem = (message: string, context: object): void =>
    void proxier.emit('problem', new ProxyError('ERR_PORTAL', message, context))
  problem('in the range', { servicePort, reason: 'NodePortInEphemeralRange' })
  problem('no rights', { reason: 'NoRights' })
  problem('something else', {})
  events.serviceHealthFailed({ namespace: 'shop', name: 'web', message: 'port 30000 is taken' })
  const seenEvents = await seen(3)
  t.match(seenEvents.map(short).sort(), [
    'Node node-a NoRights',
    'Service web FailedToStartServiceHealthcheck',
    'Service web NodePortInEphemeralRange',
  ])
  t.same(seenEvents.map(({ message }) => message).sort(), [
    'node-a: in the range',
    'node-a: no rights',
    'node-a: port 30000 is taken',
  ])
})

t.test('endpoints that are refused are told of their Service', async (t) => {
  const { proxier, seen } = await eventsOf(t)
  const refused = (count: number): LeftOutEndpoint[] =>
    Array.from({ length: count }, (_, i) => ({
      endpoint: endpointOf(`127.0.0.${i + 1}`),
      reason: 'loopback address: never dialled',
    }))
  proxier.emit('refused', { servicePort: 'shop/web:http', endpoints: refused(1) })
  proxier.emit('refused', { servicePort: 'shop/db', endpoints: refused(7) })
  const events = await seen(2)
  const byName = new Map(events.map((event) => [event.involvedObject.name, event.message]))
  const one = '127.0.0.1:8080 (loopback address: never dialled)'
  t.equal(byName.get('web'), `node-a: endpoints of shop/web:http are refused: ${one}`)
  t.match(byName.get('db'), /: 127\.0\.0\.1:8080 .*, 127\.0\.0\.5:8080 \([^)]*\) and 2 more$/)
  t.match(events.map(short), ['Service db EndpointRefused', 'Service web EndpointRefused'])
})

t.test('without the name of the node only Services have Events', async (t) => {
  const { proxier, seen } = await eventsOf(t, { nodeName: '' })
  proxier.synced()
  proxier.failed('EADDRINUSE: taken')
  t.match(await seen(1), [
    {
      reportingInstance: 'userspace-proxy',
      message: 'node port of shop/web:http: EADDRINUSE: taken; tried again',
    },
  ])
})

t.test('a server before 1.19 gets them in the older form', async (t) => {
  const { server, proxier, seen } = await eventsOf(t, {}, { serves: 'core-only' })
  proxier.failed('EADDRINUSE: taken')
  await seen(1)
  proxier.failed('EADDRINUSE: taken')
  t.match(await seen(2), [
    { reason: 'PortTaken', count: 2, source: { component: 'userspace-proxy', host: 'node-a' } },
  ])
  t.match(
    server.requests
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => [method, path.replace(/\.[\da-f]+$/, '')]),
    [
      ['POST', '/api/v1/namespaces/shop/events'],
      ['PATCH', '/api/v1/namespaces/shop/events/web'],
    ],
  )
})

t.test('what happens while the API server is away is told when it is back', async (t) => {
  const { server, proxier, events, seen } = await eventsOf(t, { mostQueued: 1 })
  await server.stop()
  proxier.failed('EADDRINUSE: taken')
  proxier.failed('EADDRINUSE: taken', { servicePort: 'shop/db' })
  t.same(events.counts, { written: 0, dropped: 1, suppressed: 0 })
  await server.start()
  t.match((await seen(1)).map(short), ['Service web PortTaken'])
})

t.test('nothing is heard after the end', async (t) => {
  const { proxier, events } = await eventsOf(t)
  await events.close()
  t.same(proxier.eventNames(), [])
  proxier.failed('EADDRINUSE: taken')
  t.same(events.counts, { written: 0, dropped: 0, suppressed: 0 })
})

function short({ involvedObject: { kind, name }, reason }: SeenEvent): string {
  return `${kind} ${name} ${reason}`
}

function uidOf(server: ApiServer, kind: string): string {
  return String(server.objects(kind)[0]?.metadata.uid)
}
