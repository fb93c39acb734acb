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

t.test('a taken port is told with its address', async (t) => {
  const { admin } = await start(t)
  const proxier = new Proxier({ source: new MemorySource() })
  t.teardown(() => proxier.close())
  const second = new AdminServer({ proxier, port: admin.port })
  t.teardown(() => second.close())
  await t.rejects(second.start(), {
    code: 'ERR_LISTEN',
    message: `admin surface: EADDRINUSE on 127.0.0.1:${admin.port}`,
  })
})

t.test("the default is kube-proxy's metrics address", async (t) => {
  const proxier = new Proxier({ source: new MemorySource() })
  t.teardown(() => proxier.close())
  t.equal(new AdminServer({ proxier }).port, 0, 'and nothing is bound before start')
})
