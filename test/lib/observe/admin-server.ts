import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { AdminServer } from '../../../lib/observe/admin-server.ts'
import { Proxier } from '../../../lib/proxier.ts'
import { MemorySource } from '../../../lib/source/memory-source.ts'

const service = {
  kind: 'Service',
  apiVersion: 'v1',
  metadata: { name: 'web' },
  spec: { ports: [{ port: 8080 }] },
}

async function start(t: Test): Promise<{ admin: AdminServer; url: string }> {
  const proxier = new Proxier({ source: new MemorySource([service]), bindAddress: '127.0.0.2' })
  t.teardown(() => proxier.close())
  await proxier.start()
  const admin = new AdminServer({ proxier, port: 0 })
  t.teardown(() => admin.close())
  t.equal(admin.port, 0)
  await admin.start()
  return { admin, url: `http://127.0.0.1:${admin.port}` }
}

t.test('serves lists as JSON', async (t) => {
  const { url } = await start(t)
  const response = await fetch(`${url}/services?namespace=default`)
  t.equal(response.headers.get('content-type'), 'application/json')
  t.equal(response.headers.get('x-content-type-options'), 'nosniff')
  t.match(await response.json(), { kind: 'List', items: [{ namespace: 'default', name: 'web' }] })
  t.same(await (await fetch(`${url}/endpoints`)).json(), { kind: 'List', items: [] })
  t.same(await (await fetch(`${url}/connections`)).json(), { kind: 'List', items: [] })
})

t.test(
  'an unknown path names the known ones, a method that would change something is refused',
  async (t) => {
    const { url } = await start(t)
    const unknown = await fetch(`${url}/constructor`)
    t.equal(unknown.status, 404)
    t.same(await unknown.json(), {
      error: 'there is no /constructor',
      paths: ['/services', '/endpoints', '/connections'],
    })
    const post = await fetch(`${url}/services`, { method: 'POST' })
    t.equal(post.status, 405)
    t.match(await post.json(), { error: 'POST is not allowed: everything here is read-only' })
    t.equal((await fetch(`${url}/services`, { method: 'HEAD' })).status, 200)
  },
)

t.test('half requests make room for whole ones', async (t) => {
  const { admin, url } = await start(t)
  for (let i = 0; i < 40; i++) {
    const socket = connect({ port: admin.port, host: '127.0.0.1' })
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.write('GET /serv')
  }
  for (;;) {
    const status = await fetch(`${url}/services`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
})

t.test('a request line that is nonsense ends nothing', async (t) => {
  const { admin, url } = await start(t)
  for (const line of [
    'GET // HTTP/1.1',
    'GET http://[ HTTP/1.1',
    'nonsense',
    'GET /%zz HTTP/1.1',
  ]) {
    const socket = connect({ port: admin.port, host: '127.0.0.1' })
    socket.end(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`)
    socket.resume()
    await once(socket, 'close')
  }
  t.equal((await fetch(`${url}/services`)).status, 200)
})

t.test('a taken port is told with its address, and can be tried again', async (t) => {
  const { admin } = await start(t)
  const proxier = new Proxier({ source: new MemorySource() })
  t.teardown(() => proxier.close())
  const second = new AdminServer({ proxier, port: admin.port })
  await t.rejects(second.start(), {
    code: 'ERR_LISTEN',
    message: `admin surface: EADDRINUSE on 127.0.0.1:${admin.port}`,
  })
  await second.close()
  await admin.close()
  await admin.close()
  await second.start()
  await second.start()
  t.ok(second.port > 0)
  await second.close()
})

t.test("the default is kube-proxy's metrics address", async (t) => {
  const proxier = new Proxier({ source: new MemorySource() })
  t.teardown(() => proxier.close())
  t.equal(new AdminServer({ proxier }).port, 0, 'and nothing is bound before start')
})
