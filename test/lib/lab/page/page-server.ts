import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { pathToFileURL } from 'node:url'
import type { Test } from 'tap'
import t from 'tap'
import { LabSession } from '../../../../lib/lab/page/lab-session.ts'
import type { PageServerOptions } from '../../../../lib/lab/page/page-server.ts'
import { PageServer } from '../../../../lib/lab/page/page-server.ts'
import { eventually } from '../../../fixtures/eventually.ts'
import { AnsweringLab } from '../../../fixtures/lab/answering-lab.ts'
import { holdPort } from '../../../fixtures/held-port.ts'

async function start(t: Test, options: Partial<PageServerOptions> = {}) {
  const folder = t.testdir({ 'index.html': '<title>lab</title>', 'main.js': 'export {}' })
  const lab = new AnsweringLab()
  const session = new LabSession({ lab, openOther: async () => new AnsweringLab(), now: () => 0 })
  await session.start()
  const assets = pathToFileURL(`${folder}/`)
  const server = new PageServer({ session, port: 0, assets, ...options })
  t.teardown(() => session.close())
  t.teardown(() => server.close())
  await server.start()
  return { lab, session, server, url: server.url }
}

const own = { 'x-userspace-proxy-lab': '1' }

function post(url: string, path: string, body: unknown, headers: Record<string, string> = own) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return fetch(`${url}api/v1/lab/${path}`, { method: 'POST', headers, body: text })
}

t.test('the page and what it needs, and leave to load nothing else', async (t) => {
  const { url } = await start(t)
  for (const [path, type] of [
    ['', 'text/html; charset=utf-8'],
    ['?x', 'text/html; charset=utf-8'],
    ['assets/main.js', 'text/javascript; charset=utf-8'],
    ['assets/messages/zh-CN.json', 'application/json'],
    ['assets/settings.json', 'application/json'],
    ['api/v1/state', 'application/json'],
  ] as const) {
    const { status, headers } = await fetch(url + path)
    t.equal(status, 200, path)
    t.equal(headers.get('content-type'), type)
    t.match(headers.get('content-security-policy'), /^default-src 'self';/)
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('access-control-allow-origin'), null)
  }
  for (const path of ['x', 'assets/x.js', 'assets/messages/fr.json', 'assets/page-server.ts']) {
    t.equal((await fetch(url + path)).status, 404, path)
  }
})

t.test('settings, messages and state', async (t) => {
  const { url } = await start(t, { language: 'zh-CN' })
  const json = async (path: string) => (await fetch(url + path)).json()
  t.same(await json('assets/settings.json'), { language: 'zh-CN', languages: ['en', 'zh-CN'] })
  t.match(await json('assets/messages/en.json'), { pause: 'Pause' })
  t.match(await json('api/v1/state'), { sides: [{ carriage: { mode: 'userspace' } }] })
  const { url: other } = await start(t)
  t.match(await (await fetch(`${other}assets/settings.json`)).json(), { language: null })
})

t.test('something is done to the lab by POST, and by nothing else', async (t) => {
  const { url, lab } = await start(t)
  const killed = { pod: 'pod-2', condition: 'killed' }
  t.equal((await post(url, 'condition', killed)).status, 200)
  t.ok(lab.calls.includes('setCondition pod-2 killed'))
  t.equal((await fetch(`${url}api/v1/lab/trace`)).status, 405)
  t.equal((await fetch(url, { method: 'POST', headers: own })).status, 405)
  t.equal((await fetch(url, { method: 'DELETE' })).status, 405)
})

t.test('what is not right is refused, and why', async (t) => {
  const { url, lab } = await start(t)
  for (const [path, body, status, error] of [
    ['explode', {}, 404, 'there is no explode'],
    ['mode', { side: 0, mode: 'fast' }, 400, 'mode of mode is "fast"'],
    ['mode', 'rubbish', 400, 'the body is no object of JSON'],
    ['mode', `{"side":0,"mode":"${'x'.repeat(5000)}"}`, 400, 'the body is no object of JSON'],
  ] as const) {
    const response = await post(url, path, body)
    t.equal(response.status, status)
    t.same(await response.json(), { error })
  }
  lab.failures.set('setMode', new Error('not at this level'))
  const response = await post(url, 'mode', { side: 0, mode: 'nftables' })
  t.equal(response.status, 409)
  t.same(await response.json(), { error: 'not at this level' })
})

t.test('other sites are refused', async (t) => {
  const { url, lab } = await start(t)
  lab.calls.length = 0
  const killed = { pod: 'pod-2', condition: 'killed' }
  t.equal((await post(url, 'condition', killed, {})).status, 403)
  const origin = 'http://attacker.example'
  t.equal((await post(url, 'condition', killed, { ...own, origin })).status, 403)
  const [rebound] = (await once(
    request(url, { headers: { host: 'attacker.example' } }).end(),
    'response',
  )) as [IncomingMessage]
  rebound.resume()
  t.equal(rebound.statusCode, 403)
  t.same(lab.calls, [])
})

t.test('a stream tells all, then changes, and traffic flows while it is open', async (t) => {
  const { url, lab } = await start(t)
  const end = new AbortController()
  const response = await fetch(`${url}api/v1/events`, { signal: end.signal })
  t.equal(response.headers.get('content-type'), 'text/event-stream')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('event: delta')) text += (await reader?.read())?.value ?? ''
  t.match(text, /^event: snapshot\nid: \S+\ndata: \{"description"/)
  end.abort()
  await reader?.read().catch(() => {})
  const requests = () => lab.calls.filter((call) => call.startsWith('request')).length
  // The server learns a little later that the page has gone.
  let before = -1
  await eventually(() => {
    const isQuiet = before === requests()
    before = requests()
    return isQuiet
  })
})

t.test('a page that was cut off says where', async (t) => {
  const { url, session } = await start(t)
  const first = await fetch(`${url}api/v1/events`)
  const { value = '' } =
    (await first.body?.pipeThrough(new TextDecoderStream()).getReader().read()) ?? {}
  const [, id = ''] = /^id: (\S+)$/m.exec(value) ?? []
  session.board.set('traces', [])
  const again = await fetch(`${url}api/v1/events`, { headers: { 'last-event-id': id } })
  const delta = await again.body?.pipeThrough(new TextDecoderStream()).getReader().read()
  t.match(delta?.value, /^event: delta\n/)
  t.notMatch(delta?.value, '"description"')
})

t.test('a port that is taken is told with its address', async (t) => {
  const { port } = await holdPort(t, '127.0.0.1')
  const session = new LabSession({
    lab: new AnsweringLab(),
    openOther: async () => new AnsweringLab(),
    now: () => 0,
  })
  const server = new PageServer({ session, port })
  t.equal(server.url, 'http://127.0.0.1:0/')
  await t.rejects(server.start(), {
    code: 'ERR_LISTEN',
    message: `page of the lab: EADDRINUSE on 127.0.0.1:${port}`,
  })
  await server.close()
})

t.test('after close nobody is served, also not who was connected', async (t) => {
  const { url, server } = await start(t)
  const stream = await fetch(`${url}api/v1/events`)
  await Promise.all([server.close(), server.close()])
  await stream.text().catch(() => {})
  await t.rejects(fetch(url))
})
