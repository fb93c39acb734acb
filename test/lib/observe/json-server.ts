import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import type { JSONServerOptions } from '../../../lib/observe/json-server.ts'
import { JSONServer } from '../../../lib/observe/json-server.ts'
import { SharedPorts } from '../../../lib/shared-ports.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { holdPort } from '../../fixtures/held-port.ts'

async function start(
  t: Test,
  options: Partial<JSONServerOptions> = {},
): Promise<{ server: JSONServer; url: string }> {
  const server = new JSONServer({
    name: 'test',
    address: '127.0.0.1',
    port: 0,
    answer: async (request) => ({ status: 200, body: JSON.stringify(request) }),
    ...options,
  })
  t.teardown(() => server.close())
  t.equal(server.port, 0)
  await server.start()
  return { server, url: `http://127.0.0.1:${server.port}` }
}

/** Connects, and says `text`. What becomes of the connection is nobody's error. */
function say(t: Test, server: JSONServer, text: string): { socket: Socket; closed: Promise<void> } {
  const socket = connect({ port: server.port, host: '127.0.0.1' })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(text)
  socket.resume()
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve())) }
}

t.test('asks for an answer by method, path and query', async (t) => {
  const { url } = await start(t, {
    answer: async ({ method, path, query }) => ({
      status: 200,
      body: JSON.stringify({ method, path, query: [...query] }),
    }),
  })
  const response = await fetch(`${url}/a/b?c=d?e&f=%2F`, { method: 'DELETE' })
  t.equal(response.status, 200)
  const query = [
    ['c', 'd?e'],
    ['f', '/'],
  ]
  t.same(await response.json(), { method: 'DELETE', path: '/a/b', query })
  t.match(await (await fetch(`${url}/a`)).json(), { path: '/a', query: [] })
})

t.test('every answer is JSON of known length, and may have headers of its own', async (t) => {
  const { url } = await start(t, {
    answer: async () => ({ status: 503, body: '"ä"', headers: { 'x-weight': '0' } }),
  })
  for (const method of ['GET', 'HEAD', 'POST']) {
    const { status, headers } = await fetch(url, { method })
    t.equal(status, 503)
    t.equal(headers.get('content-type'), 'application/json')
    t.equal(headers.get('content-length'), '4')
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('x-weight'), '0')
  }
})

t.test('where there is no answer it is 500, and the next request is answered', async (t) => {
  const { url } = await start(t, {
    answer: async ({ path }) => {
      if (path === '/bad') throw new Error('no idea')
      return { status: 200, body: '{}' }
    },
  })
  const bad = await fetch(`${url}/bad`)
  t.equal(bad.status, 500)
  t.same(await bad.json(), { error: 'Error: no idea' })
  t.equal((await fetch(url)).status, 200)
})

t.test('half requests make room for whole ones', async (t) => {
  const { server, url } = await start(t)
  const halves = Array.from({ length: 40 }, () => say(t, server, 'GET /serv'))
  await Promise.all(halves.map(({ closed }) => closed))
  t.equal((await fetch(url)).status, 200)
})

t.test('a request line that is nonsense ends nothing', async (t) => {
  const { server, url } = await start(t)
  for (const line of [
    'GET // HTTP/1.1',
    'GET http://[ HTTP/1.1',
    'nonsense',
    'GET /%zz HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
  ]) {
    await say(t, server, `${line}\r\nHost: x\r\nConnection: close\r\n\r\n`).closed
  }
  t.equal((await fetch(url)).status, 200)
})

t.test('a taken port is told with its address, and can be tried again', async (t) => {
  const { port, server: other } = await holdPort(t, '127.0.0.1')
  const answer = async () => ({ status: 200, body: '{}' })
  const server = new JSONServer({ name: 'test', address: '127.0.0.1', port, answer })
  t.teardown(() => server.close())
  await t.rejects(server.start(), {
    code: 'ERR_LISTEN',
    message: `test: EADDRINUSE on 127.0.0.1:${port}`,
  })
  t.equal(server.port, 0)
  other.close()
  await once(other, 'close')
  await server.start()
  await server.start()
  t.equal(server.port, port)
})

t.test('after close nobody is served, also not who was connected', async (t) => {
  const { server } = await start(t)
  const { socket, closed } = say(t, server, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  await Promise.all([server.close(), server.close()])
  await closed
  t.equal(server.port, 0)
})

const addresses = Object.values(networkInterfaces()).flatMap((infos) => infos ?? [])
const hasIPv6 = addresses.some(({ address }) => address === '::1')

t.test(
  'IPv4 is left to others, where that is wanted',
  { skip: hasIPv6 ? false : 'no IPv6 here' },
  async (t) => {
    const { server } = await start(t, { address: '::', ipv6Only: true })
    t.equal((await fetch(`http://[::1]:${server.port}/`)).status, 200)
    await t.rejects(fetch(`http://127.0.0.1:${server.port}/`))
  },
)

t.test('a port that is shared is noted for the next process while it is bound', async (t) => {
  const { port, server: holder } = await holdPort(t, '127.0.0.1')
  const sharedPorts = new SharedPorts()
  const server = new JSONServer({
    name: 'test',
    address: '127.0.0.1',
    port,
    sharedPorts,
    answer: async () => ({ status: 200, body: '{}' }),
  })
  t.teardown(() => server.close())
  await t.rejects(server.start(), { code: 'ERR_LISTEN' })
  holder.close()
  await once(holder, 'close')
  await server.start()
  t.equal((await fetch(`http://127.0.0.1:${port}`)).status, 200)
  t.same(sharedPorts.state().held, [`TCP 127.0.0.1 ${port}`])
  await server.close()
  t.same(sharedPorts.state().held, [])
})

t.test(
  'at the end who has asked is answered, and who says nothing is not waited for',
  async (t) => {
    let wasAsked: () => void = () => {}
    const asked = new Promise<void>((resolve) => (wasAsked = resolve))
    const { server, url } = await start(t, {
      answer: async () => {
        wasAsked()
        await new Promise((resolve) => setImmediate(resolve))
        return { status: 200, body: '{}' }
      },
    })
    const { closed } = say(t, server, 'GET /half')
    const answer = fetch(url)
    await asked
    await server.close()
    t.equal((await answer).status, 200)
    await closed
  },
)

t.test('a socket has all that it ever gets before its first request', async (t) => {
  const { server, url } = await start(t)
  const requests = channel('http.server.request.start')
  const properties: string[][] = []
  const onRequest = (message: unknown) => {
    const { socket, response } = message as { socket: Socket; response: ServerResponse }
    const note = () => properties.push(Reflect.ownKeys(socket).map(String))
    note()
    socket.on('close', note)
    // Its keep-alive begins with the end of the answer.
    response.on('close', () => {
      setImmediate(() => {
        note()
        void server.close()
      })
    })
  }
  requests.subscribe(onRequest)
  t.teardown(() => requests.unsubscribe(onRequest))
  const response = await fetch(url)
  await response.text()
  await eventually(() => properties.length === 3)
  const [first] = properties
  t.ok(first?.includes('_httpMessage'))
  t.ok(first?.includes('timeout'))
  t.same(properties, [first, first, first])
})
