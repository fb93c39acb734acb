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
  t.match(await (await fetch(`${url}/virtual-servers`)).json(), {
    kind: 'List',
    items: [{ name: 'web', way: 'proxy-port', address: '127.0.0.2', scheduler: 'rr' }],
  })
})

t.test(
  'an unknown path names the known ones, a method that would change something is refused',
  async (t) => {
    const { url } = await start(t)
    const unknown = await fetch(`${url}/constructor`)
    t.equal(unknown.status, 404)
    t.same(await unknown.json(), {
      error: 'there is no /constructor',
      paths: [
        '/services',
        '/endpoints',
        '/connections',
        '/virtual-servers',
        '/explain',
        '/healthz',
        '/proxyMode',
        '/configz',
      ],
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

t.test(
  'explains what a client of a Service gets, or says what is wrong with the question',
  async (t) => {
    const { url } = await start(t)
    const explained = await fetch(`${url}/explain?service=web&client=127.0.0.7`)
    t.equal(explained.status, 200)
    t.match(await explained.json(), {
      name: 'web',
      client: '127.0.0.7',
      next: { endpoint: null, why: 'no-endpoint' },
      usable: [],
      leftOut: [],
    })
    const rows = [
      ['service=shop/web', 404, 'ERR_MISSING_SERVICE', 'there is no Service shop/web'],
      [
        'service=web&client=1.2',
        400,
        'ERR_INVALID_OPTION',
        'client is "1.2"; an IP address would be right',
      ],
      [
        '',
        400,
        'ERR_INVALID_OPTION',
        'service is ""; a Service such as shop/web:http would be right',
      ],
    ] as const
    for (const [query, status, code, error] of rows) {
      const answer = await fetch(`${url}/explain?${query}`)
      t.equal(answer.status, status)
      t.same(await answer.json(), { error, code })
    }
  },
)

t.test('a fault that is none of who asks is one of the server', async (t) => {
  const services = async (): Promise<never> => {
    throw new TypeError('a fault')
  }
  const admin = new AdminServer({ proxier: { services } as unknown as Proxier, port: 0 })
  t.teardown(() => admin.close())
  await admin.start()
  const answer = await fetch(`http://127.0.0.1:${admin.port}/services`)
  t.equal(answer.status, 500)
  t.same(await answer.json(), { error: 'TypeError: a fault' })
})

t.test('what kube-proxy answers at the same port is answered, in text where it is', async (t) => {
  const { url } = await start(t)
  for (const [path, text] of [
    ['/healthz', 'ok'],
    ['/proxyMode', 'userspace'],
  ] as const) {
    const response = await fetch(`${url}${path}`)
    t.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
    t.equal(await response.text(), text)
  }
  const configz = await fetch(`${url}/configz`)
  t.match(await configz.json(), { 'kubeproxy.config.k8s.io': { bindAddress: '127.0.0.2' } })
  t.equal((await fetch(`${url}/metrics`)).status, 404, 'where there are none')
})

t.test('metrics are told where there are some', async (t) => {
  const proxier = new Proxier({ source: new MemorySource() })
  t.teardown(() => proxier.close())
  const metrics = {
    text: async () => ({ text: 'a 1\n', contentType: 'text/plain; version=0.0.4' }),
  }
  const configuration = { healthzBindAddress: '127.0.0.1:1' }
  const admin = new AdminServer({ proxier, metrics, configuration, port: 0 })
  t.teardown(() => admin.close())
  await admin.start()
  const url = `http://127.0.0.1:${admin.port}`
  const response = await fetch(`${url}/metrics`)
  t.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4')
  t.equal(await response.text(), 'a 1\n')
  const configz = await fetch(`${url}/configz`)
  t.match(await configz.json(), { 'kubeproxy.config.k8s.io': configuration })
})
