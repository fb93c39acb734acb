import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import {
  openKubernetesClient,
  type KubernetesClient,
  type KubernetesClientOptions,
} from '../../../lib/source/kubernetes-client.ts'
import { ApiServer, type ApiServerOptions } from '../../fixtures/api-server/api-server.ts'
import { selfSigned } from '../../fixtures/api-server/certificate.ts'

const { signal } = new AbortController()
const path = '/api/v1/services'
const service = {
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { ports: [{ port: 80 }] },
}

async function startServer(t: Test, options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = new ApiServer(options)
  t.teardown(() => server.close())
  await server.start()
  return server
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** Any HTTP server; returns its URL. */
async function listen(t: Test, handler: Handler): Promise<string> {
  const server = http.createServer(handler).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Entries {
  readonly server: string
  readonly cluster?: object
  readonly user?: object
}

function writeConfig(t: Test, { server, cluster, user = {} }: Entries): string {
  const kubeconfig = join(t.testdir(), 'config')
  const config = {
    'current-context': 'a',
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    clusters: [{ name: 'a', cluster: { server, ...cluster } }],
    users: [{ name: 'a', user }],
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  return kubeconfig
}

function open(t: Test, entries: Entries, options: KubernetesClientOptions = {}) {
  return openKubernetesClient({ kubeconfig: writeConfig(t, entries), ...options })
}

function list(client: KubernetesClient): Promise<unknown> {
  return client.list(path, {}, signal)
}

t.test('it lists, with the parameters it is given', async (t) => {
  const server = await startServer(t)
  server.set(service)
  const client = await open(t, { server: server.url })
  t.equal(client.server, server.url)
  const query = { labelSelector: '!a/b', fieldSelector: 'spec.clusterIP!=None', limit: '5' }
  t.match(await client.list(path, query, signal), { items: [{ metadata: { name: 'web' } }] })
  t.match(server.requests, [
    { path, query, headers: { accept: 'application/json', 'user-agent': 'userspace-proxy' } },
  ])
})

t.test('it creates and patches objects', async (t) => {
  const server = await startServer(t)
  const client = await open(t, { server: server.url })
  const collection = '/api/v1/namespaces/shop/services'
  await client.create(collection, service, signal)
  await client.patch(`${collection}/web`, { metadata: { labels: { a: 'b' } } }, signal)
  t.match(server.objects('Service'), [
    { metadata: { namespace: 'shop', name: 'web', labels: { a: 'b' } } },
  ])
  t.match(
    server.requests.map(({ method, headers }) => [method, headers['content-type']]),
    [
      ['POST', 'application/json'],
      ['PATCH', 'application/merge-patch+json'],
    ],
  )
  await t.rejects(client.create(collection, service, signal), {
    name: 'StatusError',
    message: /^409 AlreadyExists/,
  })
  await t.rejects(client.patch(`${collection}/db`, {}, signal), { message: /^404 NotFound/ })
})

t.test('it watches: the events as they come, to the end', async (t) => {
  const server = await startServer(t)
  const client = await open(t, { server: server.url })
  const events = await client.watch(path, { resourceVersion: '1000' }, signal)
  const seen: unknown[] = []
  server.set(service)
  for await (const event of events) {
    seen.push(event)
    if (seen.length === 1) server.delete({ kind: 'Service', namespace: 'shop', name: 'web' })
    else server.cut({ clean: true })
  }
  t.match(seen, [{ type: 'ADDED' }, { type: 'DELETED', object: { metadata: { name: 'web' } } }])
})

for (const [how, options, error] of [
  ['in the middle of a line', { midLine: true }, /the stream has ended within a line|aborted/],
  ['with a reset', {}, /aborted|ECONNRESET/],
] as const) {
  t.test(`a watch that breaks ${how} is an error`, async (t) => {
    const server = await startServer(t)
    const client = await open(t, { server: server.url })
    const events = await client.watch(path, { resourceVersion: '1000' }, signal)
    server.set(service)
    await t.rejects(
      async () => {
        for await (const _ of events) server.cut(options)
      },
      { message: error },
    )
  })
}

t.test('an answer that is cut off is an error', async (t) => {
  const server = await listen(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{}', () => response.destroy())
  })
  await t.rejects(list(await open(t, { server })), { message: 'aborted' })
})

t.test('an answer that is no JSON is an error', async (t) => {
  const server = await listen(t, (_, response) => void response.end('<html>log in</html>'))
  await t.rejects(list(await open(t, { server })), {
    message: 'the answer is no JSON; the address of an API server would be right',
    cause: { name: 'SyntaxError' },
  })
})

t.test('a refusal has its status, its words and its Retry-After', async (t) => {
  const server = await startServer(t)
  const client = await open(t, { server: server.url })
  server.failNext(1, { status: 429, retryAfter: 3, message: 'slow down' })
  await t.rejects(list(client), {
    name: 'StatusError',
    status: 429,
    message: '429 TooManyRequests: slow down',
    retryAfterMs: 3_000,
  })
  server.failNext(1, { status: 502, body: '<html>' })
  await t.rejects(client.watch(path, {}, signal), { status: 502, message: '502 Bad Gateway' })
})

t.test('a server that is not there is an error', async (t) => {
  const server = await startServer(t)
  const client = await open(t, { server: server.url })
  await server.close()
  await t.rejects(list(client), { code: 'ECONNREFUSED' })
})

t.test('a server of another protocol is an error', async (t) => {
  const server = await startServer(t)
  const client = await open(t, { server: server.url.replace('http:', 'https:') })
  await t.rejects(list(client), { code: /SSL|EPROTO/ })
})

t.test('https with the CA of the kubeconfig, which is read again each time', async (t) => {
  const tls = selfSigned()
  const server = await startServer(t, { tls, token: 'secret' })
  const kubeconfig = writeConfig(t, {
    server: server.url,
    cluster: { 'certificate-authority': 'ca.crt' },
    user: { token: 'secret' },
  })
  const file = join(dirname(kubeconfig), 'ca.crt')
  const client = await openKubernetesClient({ kubeconfig })
  await t.rejects(list(client), { code: 'ENOENT' })
  writeFileSync(file, selfSigned().cert)
  await t.rejects(list(client), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  writeFileSync(file, tls.cert)
  t.match(await list(client), { kind: 'ServiceList' })
})

t.test('a token file is read again once its token is refused', async (t) => {
  let token = 'first'
  const server = await startServer(t, { token: () => token })
  const kubeconfig = writeConfig(t, { server: server.url, user: { tokenFile: 'token' } })
  const file = join(dirname(kubeconfig), 'token')
  writeFileSync(file, 'first\n')
  const client = await openKubernetesClient({ kubeconfig })
  await list(client)
  token = 'second'
  await t.rejects(list(client), { name: 'StatusError', message: '401 Unauthorized' })
  await t.rejects(list(client), { name: 'StatusError', message: '401 Unauthorized' })
  writeFileSync(file, 'second\n')
  await list(client)
})

t.test('credentials are read anew, from a kubeconfig that is another one', async (t) => {
  let token = 'first'
  const server = await startServer(t, { token: () => token })
  const entries = { server: server.url }
  const client = await open(t, { ...entries, user: { token } })
  await list(client)
  token = 'second'
  await t.rejects(list(client), { name: 'StatusError', message: '401 Unauthorized' })
  const kubeconfig = writeConfig(t, { ...entries, user: { token } })
  await list(client)
  token = 'third'
  await t.rejects(list(client), { name: 'StatusError', message: '401 Unauthorized' })
  writeFileSync(kubeconfig, '')
  await t.rejects(list(client), { code: 'ERR_SOURCE', message: /is no kubeconfig/ })
})

t.test('an exec plugin says who we are', async (t) => {
  const server = await startServer(t, { token: 'of-plugin' })
  const status = { token: 'of-plugin' }
  const exec = {
    command: process.execPath,
    args: ['-p', JSON.stringify(JSON.stringify({ status }))],
  }
  await list(await open(t, { server: server.url, user: { exec } }))
})

t.test('a plugin that never answers does not hold up the end', async (t) => {
  const exec = { command: process.execPath, args: ['-e', 'setTimeout(() => {}, 1000)'] }
  const client = await open(t, { server: 'http://127.0.0.1:1', user: { exec } })
  const closing = new AbortController()
  const listing = client.list(path, {}, closing.signal)
  setTimeout(() => closing.abort(new Error('closed')), 50)
  await t.rejects(listing, { message: 'closed' })
  await t.rejects(client.list(path, {}, closing.signal), { message: 'closed' })
})

t.test('the end of everything ends a request and a watch', async (t) => {
  const server = await startServer(t)
  const client = await open(t, { server: server.url })
  const closing = new AbortController()
  const events = await client.watch(path, { resourceVersion: '1000' }, closing.signal)
  server.delay('Service', new Promise(() => {}))
  const listing = client.list(path, {}, closing.signal)
  await once(server, 'request')
  const unwatched = once(server, 'unwatch')
  closing.abort()
  await t.rejects(listing, { name: 'AbortError' })
  await t.rejects(
    async () => {
      for await (const _ of events);
    },
    { message: /aborted/ },
  )
  await unwatched
})

t.test('the service account of a pod', async (t) => {
  const tls = selfSigned()
  const server = await startServer(t, { tls, token: 'of-pod' })
  const root = t.testdir()
  const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
  const options = { serviceAccountRoot: root }
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, ...others } = process.env
  t.teardown(() => {
    process.env = {
      ...others,
      ...(host && { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }),
    }
  })
  process.env = { ...others }
  await t.rejects(openKubernetesClient(options), {
    code: 'ERR_SOURCE',
    message:
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; a pod of a cluster, or a kubeconfig, would be right',
  })
  const { hostname, port: serverPort } = new URL(server.url)
  Object.assign(process.env, {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: serverPort,
  })
  await t.rejects(openKubernetesClient(options), {
    code: 'ERR_SOURCE',
    message: `${folder}/token cannot be read (ENOENT); a pod whose service account has automountServiceAccountToken: true would be right`,
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'token'), 'of-pod')
  writeFileSync(join(folder, 'ca.crt'), tls.cert)
  t.match(await list(await openKubernetesClient(options)), { kind: 'ServiceList' })
})

/** A proxy by CONNECT; `hosts` is where it was asked to go. */
async function startProxy(t: Test): Promise<{ url: string; hosts: string[] }> {
  const hosts: string[] = []
  const proxy = http.createServer((request, response) => {
    hosts.push(String(request.headers.host))
    http.get(String(request.url), { headers: request.headers }, (answer) => answer.pipe(response))
  })
  proxy.on('connect', ({ url = '' }: http.IncomingMessage, socket) => {
    hosts.push(url)
    const [host = '', port] = url.split(':')
    const onward = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    socket.pipe(onward).pipe(socket)
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  t.teardown(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  await once(proxy, 'listening')
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, hosts }
}

t.test('the proxy-url of a cluster', async (t) => {
  const tls = selfSigned()
  const server = await startServer(t, { tls })
  const proxy = await startProxy(t)
  const cluster = {
    'proxy-url': proxy.url,
    'certificate-authority-data': Buffer.from(tls.cert).toString('base64'),
  }
  t.match(await list(await open(t, { server: server.url, cluster })), { kind: 'ServiceList' })
  t.strictSame(proxy.hosts, [new URL(server.url).host])
})

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const knowsProxyEnv = major >= 25 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)

t.test(
  'the proxy that variables name',
  { skip: !knowsProxyEnv && 'this Node does not' },
  async (t) => {
    const tls = selfSigned()
    const server = await startServer(t, { tls })
    const proxy = await startProxy(t)
    const cluster = { 'certificate-authority-data': Buffer.from(tls.cert).toString('base64') }
    const entries = { server: server.url, cluster }
    const proxyEnv = { HTTPS_PROXY: proxy.url }
    await list(await open(t, entries, { proxyEnv: { ...proxyEnv, NO_PROXY: '127.0.0.1' } }))
    t.strictSame(proxy.hosts, [])
    await list(await open(t, entries, { proxyEnv }))
    t.strictSame(proxy.hosts, [new URL(server.url).host])
  },
)
