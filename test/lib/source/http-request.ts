import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { httpRequest } from '../../../lib/source/http-request.ts'

t.test('it has the head of the answer; the body is read or fails later', async (t) => {
  const server = createServer((request, response) => {
    if (request.url === '/cut') response.writeHead(200).write('half', () => response.destroy())
    else if (request.url !== '/silent') response.writeHead(418).end(request.headers['x-a'])
  })
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const answer = await httpRequest(new URL(`${base}/tea`), { headers: { 'x-a': 'b' } })
  t.equal(answer.statusCode, 418)
  t.equal(await text(answer), 'b')
  await t.rejects(text(await httpRequest(new URL(`${base}/cut`), {})), { message: 'aborted' })
  const closing = new AbortController()
  const silent = httpRequest(new URL(`${base}/silent`), { signal: closing.signal })
  await once(server, 'request')
  closing.abort()
  await t.rejects(silent, { name: 'AbortError' })
  await t.rejects(httpRequest(new URL(base.replace('http', 'https')), {}), { code: /SSL|EPROTO/ })
})

t.test('it sends a body, whose length it tells', async (t) => {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
      response.end(JSON.stringify([request.method, length, encoding ?? '', body]))
    })
  })
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const sent = await httpRequest(url, { method: 'PATCH' }, '{"é":1}')
  t.same(JSON.parse(await text(sent)), ['PATCH', '8', '', '{"é":1}'])
})
