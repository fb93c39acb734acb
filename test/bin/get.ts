import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { startBinary } from '../fixtures/binary.ts'
import { startCommandLines } from '../fixtures/command-lines.ts'
import { longName, openConnection, startDaemon } from '../fixtures/shop-daemon.ts'

const run = startCommandLines(t)
/** Asked by the watches, the last of which ends it. */
const watched = await startDaemon(t)

function longLines(text: string): string[] {
  return text.split('\n').filter((line) => line.length > 80)
}

t.test('all formats of all resources', async (t) => {
  const { server, port } = await startDaemon(t)
  const get = (...args: string[]) => run(['get', ...args, ...server])
  const socket = await openConnection(t, port)
  const client = `127.0.0.1:${(socket.address() as AddressInfo).port}`

  await t.test('services', async (t) => {
    const { code, stdout, stderr } = await get('services')
    t.same({ code, stderr }, { code: 0, stderr: '' })
    t.match(stdout, /^NAME +PROTO +LISTEN +ENDPOINTS +OPEN +FAILED\n/)
    t.match(stdout, new RegExp(`^shop/web:http +TCP +127\\.0\\.0\\.1:${port} +1/1 +1 +0$`, 'm'))
    t.match(stdout, /^n+….* UDP +127\.0\.0\.1:\d+ +2\/2 +0 +0$/m)
    t.match(stdout, /\n\nNOT PROXIED +REASON\nkube-system\/db +headless Service: /)
    t.same(longLines(stdout), [])
  })

  await t.test('services, wide', async (t) => {
    const { stdout } = await get('svc', '-owide')
    t.match(stdout, /^NAME .* OPENED +DIALS +UP +DOWN +CLUSTER-IP +AFFINITY +WHY +NOTE\n/)
    t.match(stdout, `${longName}/${longName}`, 'no name is cut')
  })

  await t.test('endpoints', async (t) => {
    const { code, stdout } = await get('endpoints')
    t.equal(code, 0)
    t.match(stdout, /^SERVICE +PROTO +ENDPOINT +TARGET +STATE\n/)
    t.match(stdout, /^shop\/web:http +TCP +127\.0\.0\.1:\d+ +web-pod +usable$/m)
    t.same(longLines(stdout), [])
    t.match((await get('ep', '-o', 'wide')).stdout, / STATE +NODE\n/)
  })

  await t.test('connections', async (t) => {
    const { code, stdout } = await get('connections')
    t.equal(code, 0)
    t.match(stdout, /^SERVICE +PROTO +CLIENT +ENDPOINT +STATE +AGE\n/)
    const line = `^shop/web:http +TCP +${client} +127\\.0\\.0\\.1:\\d+ +established +\\d+s$`
    t.match(stdout, new RegExp(line, 'm'))
    t.same(longLines(stdout), [])
    t.match(
      (await get('conn', '-o', 'wide')).stdout,
      new RegExp(` 0 +6 +127\\.0\\.0\\.1:${port} +1 +1\n`),
    )
  })

  await t.test('json and yaml hold the same list', async (t) => {
    for (const resource of ['services', 'endpoints']) {
      const json = JSON.parse((await get(resource, '-o', 'json')).stdout) as { items: unknown[] }
      t.match(json, { kind: 'List' })
      t.same(parse((await get(resource, '-o', 'yaml')).stdout), json)
      t.equal(json.items.length, 3)
    }
  })

  await t.test('each resource has its short names', async (t) => {
    const names: Record<string, RegExp> = {
      service: /^NAME +PROTO +LISTEN /,
      svc: /^NAME +PROTO +LISTEN /,
      endpoint: /^SERVICE +PROTO +ENDPOINT /,
      ep: /^SERVICE +PROTO +ENDPOINT /,
      connection: /^SERVICE +PROTO +CLIENT /,
      conns: /^SERVICE +PROTO +CLIENT /,
      conn: /^SERVICE +PROTO +CLIENT /,
    }
    for (const [name, header] of Object.entries(names)) {
      t.match((await get(name)).stdout, header, name)
    }
  })

  await t.test('a namespace is asked for as with kubectl', async (t) => {
    t.match((await get('svc', '-n', 'shop')).stdout.trimEnd().split('\n'), [/^NAME/, /^shop\/web/])
    t.match((await get('conn', '-nshop')).stdout.trimEnd().split('\n'), [/^SERVICE/, /^shop\/web/])
    t.equal((await get('svc', '-A', '-n', 'shop')).stdout, (await get('svc')).stdout)
    t.match(await get('ep', '-n', 'nowhere'), {
      code: 0,
      stdout: '',
      stderr: 'no endpoints in namespace nowhere\n',
    })
  })
})

t.test('watches, which look once a second', async (t) => {
  t.jobs = 3
  t.test('a watch prints what comes, what changes and what goes', { buffered: true }, async (t) => {
    const { server, port } = watched
    const json = startBinary(t, ['get', 'conn', '-w', '-ojson', ...server])
    const table = startBinary(t, ['get', 'conn', '-w', ...server])
    await table.stderr(/no connections/)
    const socket = await openConnection(t, port)
    await json.stdout(/^\{.*"state":"established".*\}\n/m)
    await table.stdout(/^SERVICE .*\nshop\/web:http +TCP .* established .*\n/)
    socket.destroy()
    await json.stdout(/^\{.*"gone":true.*\}\n$/m)
    await table.stdout(/ gone .*\n$/)
  })

  t.test('a watch in yaml is a stream of documents', { buffered: true }, async (t) => {
    const { server } = watched
    const watch = startBinary(t, ['get', 'svc', '-w', '-oyaml', ...server])
    const { 0: text } = await watch.stdout(/^(?:---\n(?:[^-].*\n)+){3}/)
    t.match(
      parseAllDocuments(text).map((document) => document.toJS() as unknown),
      [{ namespace: longName }, { namespace: 'shop' }, { notProxied: true }],
    )
  })

  t.test('a watch ends when nobody reads it', { buffered: true }, async (t) => {
    const { server } = watched
    const watch = startBinary(t, ['get', 'svc', '-w', '-ojson', ...server])
    watch.closeStdout()
    const { code, stderr } = await watch.exited
    t.same({ code, stderr }, { code: 0, stderr: '' })
  })
})

t.test('a watch ends with the daemon, having printed all there was', async (t) => {
  const { server, stop } = watched
  const watch = startBinary(t, ['get', 'svc', '-w', ...server])
  await watch.stdout(/^shop\/web:http .*\n/m)
  stop()
  const { code, stderr } = await watch.exited
  t.same({ code, stderr }, { code: 0, stderr: 'the daemon has ended\n' })
})

t.test('where no daemon runs, the error says how to start one', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const where = `127.0.0.1:${(other.address() as AddressInfo).port}`
  other.close()
  await once(other, 'close')
  t.match(await run(['get', 'svc', '--server', where]), {
    code: 1,
    stdout: '',
    stderr: `error: no daemon answers on ${where} (ECONNREFUSED). try: userspace-proxy run --manifests PATH\n`,
  })
})

const strangers: readonly (readonly [string, number, string])[] = [
  ['a page that is not there', 404, 'not found'],
  ['a page', 200, '<html>'],
  ['other JSON', 200, '{"kind":"List"}'],
]

for (const [what, status, body] of strangers) {
  t.test(`one who answers with ${what} is told from the daemon`, async (t) => {
    const stranger = createHttpServer((_request, response) => response.writeHead(status).end(body))
    stranger.listen(0, '127.0.0.1')
    t.teardown(() => stranger.close())
    await once(stranger, 'listening')
    const where = `127.0.0.1:${(stranger.address() as AddressInfo).port}`
    const { code, stderr } = await run(['get', 'ep', '--server', where])
    t.equal(code, 1)
    t.match(stderr, `error: what answers on ${where} is no userspace-proxy. try: --server with`)
  })
}
