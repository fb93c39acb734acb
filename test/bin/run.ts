import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { Running, StartOptions } from '../fixtures/binary.ts'
import { root, runBinary, startBinary } from '../fixtures/binary.ts'
import { freePorts, holdPort } from '../fixtures/held-port.ts'
import { parseMetrics, sumOf } from '../fixtures/metrics.ts'
import { shopManifest, startNamed, writeShop } from '../fixtures/shop.ts'

/** Starts the daemon with an admin surface and a health server on any free ports. */
function startDaemon(t: Test, path: string, args: string[] = [], options?: StartOptions): Running {
  const ports = ['--metrics-bind-address=127.0.0.1:0', '--healthz-bind-address=127.0.0.1:0']
  return startBinary(t, ['run', '--manifests', path, ...ports, ...args], options)
}

/** The port that the start-up table gives for a Service. */
async function portOf(daemon: Running, name: string): Promise<number> {
  const { 1: port } = await daemon.stdout(new RegExp(`^${name} .*127\\.0\\.0\\.1:(\\d+)`, 'm'))
  return Number(port)
}

/** A connection through the Service, and the name of the backend it has reached. */
async function visit(t: Test, port: number) {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const [name] = (await once(socket, 'data')) as [Buffer]
  return { socket, name: name.toString().trimEnd() }
}

t.test(
  'the start-up table says where each Service listens and why others are not proxied',
  async (t) => {
    const path = writeShop(
      t,
      shopManifest(
        [
          { name: 'web', endpoints: [9001, 9002], portName: 'http' },
          { name: 'dns', protocol: 'UDP', endpoints: [] },
        ],
        [
          {
            apiVersion: 'v1',
            kind: 'Service',
            metadata: { name: 'db' },
            spec: { clusterIP: 'None' },
          },
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
          { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'c' } },
        ],
      ),
    )
    const daemon = startDaemon(t, path)
    await daemon.stdout(/skipped.*\n/)
    daemon.kill('SIGTERM')
    const { code, stdout } = await daemon.exited
    t.equal(code, 0)
    t.equal(
      // Ports are as long as they are, and so are the columns.
      stdout.replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS').replaceAll(/ {2,}/g, '  '),
      [
        `serving manifests ${path}`,
        'admin surface ADDRESS',
        'health server ADDRESS',
        '',
        'NAME  PROTO  LISTEN  ENDPOINTS',
        'shop/dns  UDP  ADDRESS  0/0',
        'shop/web:http  TCP  ADDRESS  2/2',
        '',
        'NOT PROXIED  REASON',
        'default/db  headless Service: its clients dial the endpoints themselves',
        '',
        'skipped, being of no use to a proxy: 2 ConfigMap, 1 Deployment',
        '',
      ].join('\n'),
    )
  },
)

t.test('a change of the manifest is live, and an open connection does not notice', async (t) => {
  const [first, second] = [await startNamed(t, 'pod-1'), await startNamed(t, 'pod-2')]
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [first] }]))
  const daemon = startDaemon(t, path)
  const port = await portOf(daemon, 'shop/web')
  const before = await visit(t, port)
  t.equal(before.name, 'pod-1')

  writeFileSync(path, shopManifest([{ name: 'web', endpoints: [second] }]))
  await daemon.stderr(/"event":"sync"(?:.|\n)*"event":"sync"/)
  const after = await visit(t, port)
  t.equal(after.name, 'pod-2')
  t.equal(before.socket.readyState, 'open')
  before.socket.end()
  await once(before.socket, 'close')
})

t.test(
  'a manifest that is bad at start is named by line and column, and is wrong use',
  async (t) => {
    const path = writeShop(
      t,
      'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n    - port: 70000\n',
    )
    const { code, stdout, stderr } = await startDaemon(t, path).exited
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, new RegExp(`^error: ${path}:6:13: .*70000.*65535`))
    t.notMatch(stderr, /\n {4}at /)
  },
)

t.test('a manifest that turns bad is named, and what worked goes on', async (t) => {
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const daemon = startDaemon(t, path)
  const port = await portOf(daemon, 'shop/web')
  writeFileSync(path, '{ "kind": "List", "items": [')
  await daemon.stderr(new RegExp(`"level":"warn".*${path}:1:\\d+: `))
  t.equal((await visit(t, port)).name, 'pod-1')
})

t.test('a misspelt field is a warning, at the start and when it comes', async (t) => {
  const manifest = (spec: string): string =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: ${spec}\n`
  const path = writeShop(t, manifest('{ ports: [{ port: 9080 }], clusterIp: None }'))
  const daemon = startDaemon(t, path)
  await daemon.stderr(/"level":"warn".*"event":"manifest".*:4:34: clusterIp is no field/)
  writeFileSync(path, manifest('{ ports: [{ port: 9080, targetPorts: 80 }] }'))
  await daemon.stderr(/"level":"warn".*"event":"manifest".*:4:31: targetPorts is no field/)
})

t.test('a path that is not there is wrong use', async (t) => {
  const { code, stderr } = await startDaemon(t, 'no-such-folder/shop.yaml').exited
  t.equal(code, 2)
  t.match(stderr, /^error: .*no-such-folder\/shop\.yaml.*\n$/)
})

t.test('an admin port that is taken is a warning, and the daemon serves', async (t) => {
  const { port: taken } = await holdPort(t, '127.0.0.1')
  const where = `127.0.0.1:${taken}`
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const daemon = startBinary(t, [
    'run',
    '--manifests',
    path,
    '--metrics-bind-address',
    where,
    '--healthz-bind-address=',
  ])
  const port = await portOf(daemon, 'shop/web')
  t.equal((await visit(t, port)).name, 'pod-1')
  await daemon.stdout(/^admin surface not yet: its port is taken$/m)
  await daemon.stderr(new RegExp(`admin surface: EADDRINUSE on ${where}; tried again every 5 s`))
})

t.test('a health port that is taken is a warning, and the daemon serves', async (t) => {
  const { port: taken } = await holdPort(t, '127.0.0.1')
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const where = `127.0.0.1:${taken}`
  const args = ['--metrics-bind-address=127.0.0.1:0', '--healthz-bind-address', where]
  const daemon = startBinary(t, ['run', '--manifests', path, ...args])
  const port = await portOf(daemon, 'shop/web')
  t.equal((await visit(t, port)).name, 'pod-1')
  await daemon.stdout(/^health server not yet: its port is taken$/m)
  await daemon.stderr(new RegExp(`health server: EADDRINUSE on ${where}; tried again every 5 s`))
})

t.test('probes are answered for as long as it runs, also while it closes', async (t) => {
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const daemon = startDaemon(t, path)
  const { 1: server = '' } = await daemon.stdout(/^health server (\S+)$/m)
  const statuses = async () => {
    const asked = ['healthz', 'livez', 'readyz'].map((name) => fetch(`http://${server}/${name}`))
    return (await Promise.all(asked)).map(({ status }) => status)
  }
  t.same(await statuses(), [200, 200, 200])
  const { socket } = await visit(t, await portOf(daemon, 'shop/web'))
  daemon.kill('SIGTERM')
  await daemon.stderr(/SIGTERM: connections may end/)
  // What is answered may be a second old.
  while ((await statuses())[0] === 200);
  t.same(await statuses(), [503, 200, 503])
  socket.end()
  t.equal((await daemon.exited).code, 0)
  await t.rejects(fetch(`http://${server}/livez`))
})

t.test('a load balancer can ask for a Service at its healthCheckNodePort', async (t) => {
  const [port] = await freePorts(t, '127.0.0.1')
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: port,
      ports: [{ port: 80 }],
    },
  }
  const daemon = startDaemon(t, writeShop(t, JSON.stringify(service)))
  await daemon.stdout(/^default\/web /m)
  let response: Response | undefined
  while (response === undefined) {
    response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
  }
  t.equal(response.status, 503)
  t.match(await response.json(), { service: { namespace: 'default', name: 'web' } })
})

t.test('what happens is counted for Prometheus, by endpoint where that is wanted', async (t) => {
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const log = ['--connection-log', `${path}.log`]
  const daemon = startDaemon(t, path, ['--metrics-per-endpoint', ...log])
  const { 1: health = '' } = await daemon.stdout(/^health server (\S+)$/m)
  const { 1: admin = '' } = await daemon.stdout(/^admin surface (\S+)$/m)
  const { socket } = await visit(t, await portOf(daemon, 'shop/web'))
  await fetch(`http://${health}/livez`)
  const families = parseMetrics(await (await fetch(`http://${admin}/metrics`)).text())
  const endpoint = `127.0.0.1:${backend}`
  t.equal(sumOf(families, 'userspace_proxy_endpoint_connections_open', { endpoint }), 1)
  t.equal(sumOf(families, 'userspace_proxy_connections_opened_total', { service: 'web' }), 1)
  t.equal(sumOf(families, 'kubeproxy_proxy_livez_total', { code: '200' }), 1)
  t.equal(families.get('userspace_proxy_connection_log_lines_total')?.series.length, 2)
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }
  t.equal(sumOf(families, 'userspace_proxy_build_info', { version }), 1)
  const configz = await fetch(`http://${admin}/configz`)
  t.match(await configz.json(), {
    'kubeproxy.config.k8s.io': { healthzBindAddress: '127.0.0.1:0', nodePortAddresses: [] },
  })
  socket.destroy()
})

t.test('a flag reaches what it is for', async (t) => {
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [] }]))
  const daemon = startDaemon(t, path, ['--bind-address', '127.0.0.2'])
  await daemon.stdout(/^shop\/web +TCP +127\.0\.0\.2:\d+ +0\/0$/m)
})

t.test('SIGHUP ends nothing, and neither does a reader that goes away', async (t) => {
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [] }]))
  const daemon = startDaemon(t, path)
  daemon.closeStdout()
  await daemon.stderr(/"event":"admin"/)
  daemon.kill('SIGHUP')
  await daemon.stderr(
    /SIGHUP: manifests are watched; flags need a restart, without loss with --keeper/,
  )
  daemon.kill('SIGTERM')
  const { code, signal } = await daemon.exited
  t.same({ code, signal }, { code: 0, signal: null })
})

t.test('connections may end by themselves within the grace time', async (t) => {
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const daemon = startDaemon(t, path)
  const port = await portOf(daemon, 'shop/web')
  const { socket } = await visit(t, port)
  daemon.kill('SIGINT')
  await daemon.stderr(/SIGINT: connections may end by themselves for 30s/)
  const { 1: server = '' } = await daemon.stdout(/^admin surface (\S+)$/m)
  const { stdout } = await runBinary(t, ['get', 'connections', '--server', server])
  t.match(stdout, /^shop\/web .* draining /m, 'and it can be asked which they are')
  t.equal(socket.readyState, 'open')
  socket.end()
  const { code } = await daemon.exited
  t.equal(code, 0)
})

t.test('when the grace time is over they are reset', async (t) => {
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const daemon = startDaemon(t, path, ['--grace', '50ms'])
  const { socket } = await visit(t, await portOf(daemon, 'shop/web'))
  const reset = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>
  daemon.kill('SIGTERM')
  t.equal((await reset)[0].code, 'ECONNRESET')
  t.equal((await daemon.exited).code, 0)
})

t.test('a second signal ends it at once', async (t) => {
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const daemon = startDaemon(t, path)
  const { socket } = await visit(t, await portOf(daemon, 'shop/web'))
  socket.on('error', () => {})
  daemon.kill('SIGTERM')
  await daemon.stderr(/SIGTERM: connections may end/)
  // Within a quarter of a second it would be the same Ctrl-C, passed on by npm.
  await sleep(400)
  daemon.kill('SIGTERM')
  t.equal((await daemon.exited).code, 1)
})

t.test('the log is JSON with a level that can be set', async (t) => {
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [] }]))
  const daemon = startDaemon(t, path, ['--log-level', 'debug'])
  await daemon.stdout(/shop\/web/)
  daemon.kill('SIGTERM')
  const { stderr } = await daemon.exited
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string })
  t.ok(lines.some(({ level }) => level === 'debug'))

  const quiet = startDaemon(t, path, ['--log-level', 'silent'])
  await quiet.stdout(/shop\/web/)
  quiet.kill('SIGTERM')
  t.equal((await quiet.exited).stderr, '')
})

t.test('two threads serve, are asked as one, and let connections end', async (t) => {
  const backends = [await startNamed(t, 'pod-1'), await startNamed(t, 'pod-2')]
  const manifest = shopManifest([
    { name: 'web', endpoints: backends, portName: 'http' },
    { name: 'dns', protocol: 'UDP', endpoints: [9001] },
  ])
  const daemon = startDaemon(t, writeShop(t, manifest), ['--workers', '2', '--scheduler', 'lc'])
  const { 1: admin = '' } = await daemon.stdout(/^admin surface (\S+)$/m)
  const { 1: health = '' } = await daemon.stdout(/^health server (\S+)$/m)
  const port = await portOf(daemon, 'shop/web:http')
  const visits = []
  for (let i = 0; i < 12; i++) visits.push(await visit(t, port))
  t.same(new Set(visits.map(({ name }) => name)), new Set(['pod-1', 'pod-2']))
  const { stdout } = await runBinary(t, ['get', 'connections', '-o', 'json', '--server', admin])
  const { items } = JSON.parse(stdout) as { items: { id: number; state: string }[] }
  t.equal(items.length, 12)
  t.equal(new Set(items.map(({ id }) => id)).size, 12)
  const ipvs = await runBinary(t, ['get', 'services', '-o', 'ipvs', '--server', admin])
  t.match(ipvs.stdout, new RegExp(`^TCP  127\\.0\\.0\\.1:${port} lc$`, 'm'))
  t.equal((await fetch(`http://${health}/readyz`)).status, 200)
  daemon.kill('SIGTERM')
  await daemon.stderr(/SIGTERM/)
  for (const { socket } of visits) socket.end()
  const { code, stderr } = await daemon.exited
  t.equal(code, 0)
  t.notMatch(stderr, /problem/)
})
