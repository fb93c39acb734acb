import t, { type Test } from 'tap'
import type { ServiceHealthAnswer } from '../../../lib/observe/service-health-server.ts'
import { ServiceHealthServer } from '../../../lib/observe/service-health-server.ts'
import { freePorts, holdPort } from '../../fixtures/held-port.ts'

function serverOf(t: Test, port: number, answer: Partial<ServiceHealthAnswer> = {}) {
  const ask = async () => ({ localEndpoints: 2, serviceProxyHealthy: true, ...answer })
  const server = new ServiceHealthServer({ namespace: 'shop', name: 'web', port, ask })
  t.teardown(() => server.close())
  return server
}

const cases: readonly (readonly [answer: ServiceHealthAnswer, status: number])[] = [
  [{ localEndpoints: 2, serviceProxyHealthy: true }, 200],
  [{ localEndpoints: 2, serviceProxyHealthy: false }, 503],
  [{ localEndpoints: 0, serviceProxyHealthy: true }, 503],
  [{ localEndpoints: 0, serviceProxyHealthy: false }, 503],
]

for (const [answer, status] of cases) {
  const { localEndpoints, serviceProxyHealthy } = answer
  t.test(`${localEndpoints} endpoints, healthy ${serviceProxyHealthy}: ${status}`, async (t) => {
    const [port] = await freePorts(t, '127.77.1.1')
    await serverOf(t, port, answer).listen(['127.77.1.1'])
    const response = await fetch(`http://127.77.1.1:${port}/any/path`, { method: 'POST' })
    t.equal(response.status, status)
    t.equal(response.headers.get('content-type'), 'application/json')
    t.equal(response.headers.get('x-content-type-options'), 'nosniff')
    t.equal(response.headers.get('x-load-balancing-endpoint-weight'), String(localEndpoints))
    t.equal(
      await response.text(),
      [
        '{',
        '\t"service": {',
        '\t\t"namespace": "shop",',
        '\t\t"name": "web"',
        '\t},',
        `\t"localEndpoints": ${localEndpoints},`,
        `\t"serviceProxyHealthy": ${serviceProxyHealthy}`,
        '}',
      ].join('\n'),
    )
  })
}

/** Which of the addresses answer. */
async function answering(port: number, addresses: readonly string[]): Promise<string[]> {
  const asked = addresses.map((address) =>
    fetch(`http://${address}:${port}/`).then(
      () => [address],
      () => [],
    ),
  )
  return (await Promise.all(asked)).flat()
}

t.test('it listens on all of the addresses, and follows them', async (t) => {
  const [first, second, third] = ['127.77.1.2', '127.77.1.3', '127.77.1.4']
  const all = [first, second, third]
  const [port] = await freePorts(t, first)
  const server = serverOf(t, port)
  t.equal(server.port, port)
  await server.listen([first, second])
  t.same(await answering(port, all), [first, second])
  await server.listen([second, third])
  t.same(await answering(port, all), [second, third])
  await server.close()
  await server.close()
  t.same(await answering(port, all), [])
})

t.test('where one address cannot be had there is none, but for those it had', async (t) => {
  const [first, second, third] = ['127.77.1.5', '127.77.1.6', '127.77.1.7']
  const all = [first, second]
  const { port } = await holdPort(t, third)
  const server = serverOf(t, port)
  await t.rejects(server.listen([first, second, third]), {
    code: 'ERR_LISTEN',
    message: `failed to start healthcheck "shop/web" on port ${port}: EADDRINUSE on ${third}:${port}`,
  })
  t.same(await answering(port, all), [])
  await server.listen([first])
  await t.rejects(server.listen([first, second, third]), { code: 'ERR_LISTEN' })
  t.same(await answering(port, all), [first])
})

t.test('no address at all is a mistake, and ends nothing', async (t) => {
  const [port] = await freePorts(t, '127.77.1.8')
  const server = serverOf(t, port)
  await server.listen(['127.77.1.8'])
  await t.rejects(server.listen([]), {
    code: 'ERR_LISTEN',
    message: `failed to start healthcheck "shop/web" on port ${port}: the node has none of the nodeportAddresses`,
  })
  t.same(await answering(port, ['127.77.1.8']), ['127.77.1.8'])
})
