import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { KubernetesClient } from '../../../lib/source/kubernetes-client.ts'
import {
  KubernetesSource,
  type KubernetesSourceOptions,
} from '../../../lib/source/kubernetes-source.ts'
import type { SourceStatus } from '../../../lib/source/service-source.ts'
import { ApiServer, type ApiServerOptions } from '../../fixtures/api-server/api-server.ts'
import { selfSigned } from '../../fixtures/api-server/certificate.ts'
import { RecordingListener } from '../../fixtures/recording-listener.ts'

class StatusListener extends RecordingListener {
  readonly statuses: SourceStatus[] = []
  #waiting: (() => void)[] = []

  status(status: SourceStatus): void {
    this.statuses.push(status)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves with the status number `count`. */
  async told(count: number): Promise<SourceStatus | undefined> {
    while (this.statuses.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return this.statuses[count - 1]
  }

  /** Resolves with the latest status, once it is one that says so. */
  async heard(detail: RegExp): Promise<SourceStatus | undefined> {
    while (!detail.test(this.statuses.at(-1)?.detail ?? '')) {
      await this.told(this.statuses.length + 1)
    }
    return this.statuses.at(-1)
  }
}

/** Most of the time of these is a pause, and each has a server of its own. */
const atOnce = { buffered: true }

interface Running {
  readonly server: ApiServer
  readonly source: KubernetesSource
  readonly listener: StatusListener
  readonly kubeconfig: string
}

async function startServer(t: Test, options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = new ApiServer(options)
  t.teardown(() => server.close())
  await server.start()
  return server
}

/** A source that has not started, with pauses as short as they can be. */
function sourceOf(t: Test, server: ApiServer, options: KubernetesSourceOptions = {}): Running {
  const kubeconfig = join(t.testdir(), 'config')
  writeFileSync(kubeconfig, server.kubeconfig())
  const source = new KubernetesSource({ kubeconfig, random: () => 0.999, ...options })
  t.teardown(() => source.close())
  return { server, source, listener: new StatusListener(), kubeconfig }
}

async function start(
  t: Test,
  server: ApiServer,
  options: KubernetesSourceOptions = {},
): Promise<Running> {
  const running = sourceOf(t, server, options)
  await running.source.start(running.listener)
  return running
}

function service(name: string, labels: Readonly<Record<string, string>> = {}, spec = {}) {
  const metadata = { name, namespace: 'shop', labels }
  return { kind: 'Service', metadata, spec: { ports: [{ port: 80 }], ...spec } }
}

function slice(name: string, address = '10.1.0.1') {
  return {
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-1`,
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080 }],
    endpoints: [{ addresses: [address] }],
  }
}

t.test('KubernetesSource', { jobs: 8 }, async (t) => {
  void t.test('it tells what there is, then what changes', atOnce, async (t) => {
    const server = await startServer(t)
    server.set(service('web'))
    server.set(service('other', { 'service.kubernetes.io/service-proxy-name': 'other' }))
    server.set(service('headless', {}, { clusterIP: 'None' }))
    server.set(slice('web'))
    const { source, listener, kubeconfig } = await start(t, server)
    t.notOk(source.tellsNode)
    t.strictSame(listener.take().sort(), ['set EndpointSlice shop/web-1', 'set Service shop/web'])
    t.equal(
      source.description,
      `kubeconfig ${kubeconfig}, ${server.url}, endpoints of discovery.k8s.io/v1`,
    )
    await listener.told(1)
    t.strictSame(listener.statuses, [
      { isLive: true, detail: `watching Services, EndpointSlices of ${server.url}` },
    ])
    server.set(service('api'))
    t.strictSame(await listener.next(), ['set Service shop/api'])
    server.delete({ kind: 'EndpointSlice', namespace: 'shop', name: 'web-1' })
    t.strictSame(await listener.next(), ['delete EndpointSlice shop/web-1'])
    server.set(service('api', { 'service.kubernetes.io/service-proxy-name': '' }))
    t.strictSame(await listener.next(), ['delete Service shop/api'])
  })

  void t.test('Services that are labelled for it, and its Node', atOnce, async (t) => {
    const server = await startServer(t)
    const labels = { 'service.kubernetes.io/service-proxy-name': 'mine' }
    server.set(service('mine', labels))
    server.set(service('web'))
    server.set({ kind: 'Node', metadata: { name: 'n1' } })
    server.set({ kind: 'Node', metadata: { name: 'n2' } })
    const { listener, source } = await start(t, server, {
      serviceProxyName: 'mine',
      nodeName: 'n1',
    })
    t.ok(source.tellsNode)
    t.strictSame(listener.take().sort(), ['set Node /n1', 'set Service shop/mine'])
    server.delete({ kind: 'Node', name: 'n1' })
    t.strictSame(await listener.next(), ['delete Node /n1'])
  })

  void t.test('it asks for what it needs only', atOnce, async (t) => {
    const server = await startServer(t)
    await start(t, server, { nodeName: 'n1', pageSize: 7 })
    const [first, ...others] = server.requests
    t.equal(first?.path, '/apis/discovery.k8s.io')
    const lists = others.filter(({ verb }) => verb === 'list')
    const of = (kind: string) => lists.find((request) => request.kind === kind)?.query
    const page = { resourceVersion: '0', limit: '7' }
    t.strictSame(of('Service'), {
      labelSelector: '!service.kubernetes.io/service-proxy-name',
      fieldSelector: 'spec.clusterIP!=None',
      ...page,
    })
    t.strictSame(of('EndpointSlice'), { labelSelector: '!service.kubernetes.io/headless', ...page })
    t.strictSame(of('Node'), { fieldSelector: 'metadata.name=n1', ...page })
    t.equal(lists.length, 3)
  })

  void t.test('start waits for all lists, however slow one of them is', atOnce, async (t) => {
    const server = await startServer(t)
    server.set(service('web'))
    server.set(slice('web'))
    let answer = (): void => {}
    server.delay('EndpointSlice', new Promise<void>((resolve) => (answer = resolve)))
    const { source, listener } = sourceOf(t, server)
    let isStarted = false
    const starting = source.start(listener).then(() => (isStarted = true))
    t.strictSame(await listener.next(), ['set Service shop/web'])
    await server.watched('Service')
    t.notOk(isStarted)
    answer()
    await starting
    t.strictSame(listener.take(), ['set EndpointSlice shop/web-1'])
  })

  void t.test('EndpointSlices of v1beta1', atOnce, async (t) => {
    const server = await startServer(t, { serves: 'discovery.k8s.io/v1beta1' })
    server.set(slice('web'))
    const { source, listener } = await start(t, server)
    t.strictSame(listener.take(), ['set EndpointSlice shop/web-1'])
    t.match(source.description, /, endpoints of discovery.k8s.io\/v1beta1$/)
  })

  void t.test('Endpoints, where there is nothing better', atOnce, async (t) => {
    const server = await startServer(t, { serves: 'core-only' })
    const subsets = [{ addresses: [{ ip: '10.1.0.1' }], ports: [{ port: 8080 }] }]
    server.set({ kind: 'Endpoints', metadata: { name: 'web', namespace: 'shop' }, subsets })
    const { listener } = await start(t, server)
    t.strictSame(listener.take(), ['set Endpoints shop/web'])
    server.delete({ kind: 'Endpoints', namespace: 'shop', name: 'web' })
    t.strictSame(await listener.next(), ['delete Endpoints shop/web'])
  })

  void t.test('https, with a token', atOnce, async (t) => {
    const server = await startServer(t, { tls: selfSigned(), token: 'secret' })
    server.set(service('web'))
    const { listener } = await start(t, server)
    t.strictSame(listener.take(), ['set Service shop/web'])
  })

  void t.test('it waits for a server that is not there yet', atOnce, async (t) => {
    const server = await startServer(t)
    server.set(service('web'))
    const { source, listener } = sourceOf(t, server)
    await server.stop()
    const starting = source.start(listener)
    t.match(await listener.told(1), {
      isLive: false,
      detail:
        /^The API group discovery.k8s.io cannot be read since .* ECONNREFUSED .*; nothing is served before$/,
    })
    await server.start()
    await starting
    t.strictSame(listener.take(), ['set Service shop/web'])
    t.match(await listener.told(2), { isLive: true })
  })

  void t.test('a server that is lost and comes back with another state', atOnce, async (t) => {
    const server = await startServer(t)
    for (const name of ['gone', 'changed', 'same']) server.set(service(name))
    const { listener } = await start(t, server)
    await listener.told(1)
    listener.take()
    await server.stop()
    t.match(await listener.told(2), { isLive: false, detail: /; what was known is still served$/ })
    t.strictSame(listener.take(), [])
    server.delete({ kind: 'Service', namespace: 'shop', name: 'gone' })
    server.set(service('changed', { tier: 'front' }))
    server.expire()
    await server.start()
    t.strictSame(await listener.next(2), ['set Service shop/changed', 'delete Service shop/gone'])
    t.match(await listener.told(3), { isLive: true })
    t.equal(listener.statuses.length, 3)
    t.strictSame(listener.problems, [])
  })

  void t.test('streams that break, in whatever way, lose nothing', atOnce, async (t) => {
    const server = await startServer(t)
    const { listener } = await start(t, server)
    await server.watched('Service', 'EndpointSlice')
    const breaks = [
      () => server.cut({ midLine: true, kind: 'Service' }),
      () => server.cut({ kind: 'Service' }),
      () => server.sendBadLine('<html>', 'Service'),
      () => server.cut({ clean: true, kind: 'Service' }),
    ]
    for (const [i, cut] of breaks.entries()) {
      const name = `web-${i}`
      server.set(service(name))
      t.strictSame(await listener.next(), [`set Service shop/${name}`])
      cut()
      server.delete({ kind: 'Service', namespace: 'shop', name })
      t.strictSame(await listener.next(), [`delete Service shop/${name}`])
    }
    server.set(service('web'))
    server.duplicate('Service')
    server.set(slice('web'))
    t.strictSame((await listener.next(2)).sort(), [
      'set EndpointSlice shop/web-1',
      'set Service shop/web',
    ])
  })

  void t.test('a watch that hears nothing is opened anew', atOnce, async (t) => {
    const server = await startServer(t)
    const { listener } = await start(t, server, { silenceMs: 1_000 })
    await server.watched('Service', 'EndpointSlice')
    server.stall('Service')
    server.set(service('web'))
    const [lost] = (await once(server, 'unwatch')) as [{ readonly kind: string }]
    t.ok(['Service', 'EndpointSlice'].includes(lost.kind))
    server.resume()
    t.strictSame(await listener.next(), ['set Service shop/web'])
    t.ok(listener.statuses.every(({ isLive }) => isLive))
  })

  void t.test('what is told of one kind does not wait for another', atOnce, async (t) => {
    const server = await startServer(t)
    const { listener } = await start(t, server)
    await server.watched('Service', 'EndpointSlice')
    server.hold('Service')
    server.set(service('web'))
    server.set(slice('web'))
    t.strictSame(await listener.next(), ['set EndpointSlice shop/web-1'])
    server.release('Service')
    t.strictSame(await listener.next(), ['set Service shop/web'])
  })

  void t.test('a token that was rotated is found in the file', atOnce, async (t) => {
    let token = 'first'
    const server = await startServer(t, { token: () => token })
    const { listener, kubeconfig } = await start(t, server)
    await listener.told(1)
    token = 'second'
    server.cut()
    t.match(await listener.heard(/ 401 /), {
      isLive: false,
      detail: /; credentials that this server accepts would be right; .*what was known/,
    })
    writeFileSync(kubeconfig, server.kubeconfig())
    await listener.heard(/^watching/)
    server.set(service('web'))
    t.strictSame(await listener.next(), ['set Service shop/web'])
  })

  void t.test('a server that refuses the field selector', atOnce, async (t) => {
    const server = await startServer(t)
    server.set(service('web'))
    server.failNext(1, { status: 400, kind: 'Service', verb: 'list' })
    const { listener } = await start(t, server)
    t.strictSame(listener.take(), ['set Service shop/web'])
    await server.watched('Service')
    const watch = server.requests.find(({ kind, verb }) => kind === 'Service' && verb === 'watch')
    t.notOk(watch?.query['fieldSelector'])
  })

  void t.test('faults that no waiting heals', atOnce, async (t) => {
    const dir = t.testdir({ config: '{' })
    const listener = new StatusListener()
    const missing = new KubernetesSource({ kubeconfig: join(dir, 'none') })
    t.equal(missing.description, `kubeconfig ${join(dir, 'none')}`)
    await t.rejects(missing.start(listener), {
      code: 'ERR_SOURCE',
      message: `kubeconfig ${join(dir, 'none')} does not exist; a file that this user may read would be right`,
    })
    const broken = new KubernetesSource({ kubeconfig: join(dir, 'config'), context: 'a' })
    await t.rejects(broken.start(listener), { code: 'ERR_SOURCE', message: /is no YAML/ })
    t.strictSame(listener.statuses, [])
  })

  void t.test('options that cannot be used', atOnce, async (t) => {
    const client = {} as KubernetesClient
    const one = 'exactly one of kubeconfig, inCluster and client would be right'
    const table: readonly [KubernetesSourceOptions, string | RegExp][] = [
      [{}, `the cluster is missing; ${one}`],
      [{ inCluster: false }, `the cluster is missing; ${one}`],
      [
        { inCluster: true, kubeconfig: 'a', client },
        `the cluster is kubeconfig a and the cluster of this pod and a Kubernetes client; ${one}`,
      ],
      [{ client, nodeName: 'a,b' }, /^nodeName is "a,b"; a DNS name/],
      [{ client, serviceProxyName: 'a b' }, /^serviceProxyName is "a b"; a label value/],
      [{ client, pageSize: 0 }, 'pageSize is 0; a whole number from 1 to 100000 would be right'],
      [
        { client, silenceMs: 1.5 },
        'silenceMs is 1.5; a whole number from 1000 to 3600000 would be right',
      ],
    ]
    for (const [options, message] of table) {
      t.throws(() => new KubernetesSource(options), { code: 'ERR_INVALID_OPTION', message })
    }
    t.equal(new KubernetesSource({ inCluster: true }).description, 'the cluster of this pod')
    t.equal(new KubernetesSource({ client, silenceMs: 1000 }).description, 'a Kubernetes client')
  })

  void t.test('closing ends everything at once, at any time', atOnce, async (t) => {
    const server = await startServer(t)
    const { source, listener } = await start(t, server)
    await server.watched('Service', 'EndpointSlice')
    const ended = Promise.all([once(server, 'unwatch'), source.close()])
    server.set(service('web'))
    await ended
    while (server.watches.length > 0) await once(server, 'unwatch')
    t.strictSame(listener.take(), [])
    await source.close()

    const early = sourceOf(t, server)
    const starting = early.source.start(early.listener)
    await early.source[Symbol.asyncDispose]()
    await t.rejects(starting, { code: 'ERR_CLOSED', message: /^kubeconfig .*: closed$/ })

    const waiting = sourceOf(t, server)
    server.delay('Service', new Promise(() => {}))
    const waitingStart = waiting.source.start(waiting.listener)
    await server.watched('EndpointSlice')
    await waiting.source.close()
    await t.rejects(waitingStart, { code: 'ERR_CLOSED' })
    t.strictSame(waiting.listener.statuses, [])
  })

  void t.test('a listener need not want the status', atOnce, async (t) => {
    const server = await startServer(t)
    const { source } = sourceOf(t, server)
    await source.start(new RecordingListener())
    await server.watched('Service', 'EndpointSlice')
  })
})
