import { EventEmitter, once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import type { Test } from 'tap'
import t from 'tap'
import { parseOptions } from '../../../../lib/options.ts'
import { serveWorker } from '../../../../lib/relay/workers/serve-worker.ts'
import type { WorkerNews } from '../../../../lib/relay/workers/worker-message.ts'
import { endpointAt, proxySocketSpec } from '../../../fixtures/data-plane.ts'
import { exchange, startNamed } from '../../../fixtures/tcp.ts'
import { openUdp, udpClient } from '../../../fixtures/udp.ts'

/** What runs in a thread, in this one. */
function serve(t: Test) {
  const { port1: main, port2: worker } = new MessageChannel()
  const news: WorkerNews[] = []
  const told = new EventEmitter()
  main.on('message', (list: readonly WorkerNews[]) => {
    news.push(...list)
    told.emit('heard')
  })
  const cells = {
    budget: new SharedArrayBuffer(16),
    lastId: new SharedArrayBuffer(8),
    watches: new SharedArrayBuffer(4),
  }
  Atomics.store(new Int32Array(cells.watches), 0, 1)
  const init = { index: 1, options: parseOptions(), isSuccessor: false, descriptorLimit: 99, cells }
  const end = serveWorker(init, worker)
  let id = 0
  const call = async (...calls: [method: string, ...args: unknown[]][]): Promise<unknown[]> => {
    const first = id + 1
    main.postMessage(
      calls.map(([method, ...args]) => ({ id: ++id, method, args })),
      [],
    )
    return Promise.all(calls.map((_, index) => answer(first + index)))
  }
  const heard = async (
    type: WorkerNews['type'],
    holds: (one: WorkerNews) => boolean = () => true,
  ) => {
    for (;;) {
      const found = news.find((one) => one.type === type && holds(one))
      if (found !== undefined) return found
      await once(told, 'heard')
    }
  }
  const answer = async (wanted: number): Promise<unknown> => {
    const one: WorkerNews = await heard(
      'answer',
      (one) => one.type === 'answer' && one.id === wanted,
    )
    return one.type === 'answer' && one.value
  }
  t.teardown(async () => {
    await call(['close', { graceMs: 0 }])
    end()
    main.close()
  })
  return { call, heard, news, end, cells }
}

t.test('calls are answered, events are told, all that has no function', async (t) => {
  const { call, heard, news, cells } = serve(t)
  const alive = await startNamed(t, 'alive')
  const spec = proxySocketSpec('web', { endpoints: [endpointAt(alive.port)] })
  const { port } = await startNamed(t, 'free').then(
    ({ server, port }) =>
      new Promise<{ port: number }>((resolve) => server.close(() => resolve({ port }))),
  )
  const listen = [{ role: 'proxy-port', address: '127.0.0.1', ports: [port] }]
  const place = { address: '127.0.0.1', port }
  t.match(await call(['listen', { ...spec, listen }, place]), [{ port, error: undefined }])
  const taken = { ...spec, key: 'api', listen: [{ ...listen[0], ports: [alive.port] }] }
  t.match(await call(['listen', taken, { ...place, port: alive.port }]), [
    { port: 0, error: /^EADDRINUSE/ },
  ])
  t.match(news, [
    { type: 'listener', key: 'web' },
    { type: 'answer' },
    { type: 'listener', key: 'api' },
    { type: 'answer' },
  ])
  t.equal((await exchange(t, port)).bytes.toString(), 'alive')
  t.match(await heard('connection'), { info: { id: 1 } })
  t.match(await heard('close'), { info: { id: 1, reason: 'ended' } })
  Atomics.store(new Int32Array(cells.watches), 0, 0)
  t.equal((await exchange(t, port)).bytes.toString(), 'alive')
  t.match(await call(['stats'], ['totals'], ['listeners', 'none']), [
    [{ counts: { opened: 2 } }, { counts: { opened: 0 } }],
    { counts: { opened: 2 }, descriptors: { limit: 99 } },
    [],
  ])
  t.equal(news.filter(({ type }) => type === 'close').length, 1)
  t.equal(Number(new BigInt64Array(cells.lastId)[0]), 2)
})

t.test('what must outlive the thread is told from time to time, and at its end', async (t) => {
  const { heard, news, end } = serve(t)
  t.strictSame(await heard('legacy'), { type: 'legacy', legacy: { counts: [], pins: [] } })
  news.length = 0
  end()
  t.ok(await heard('legacy'))
})

t.test('of what is over it tells before it tells that it has counted it', async (t) => {
  const { call, heard, news, end } = serve(t)
  const alive = await startNamed(t, 'alive')
  const spec = proxySocketSpec('web', { endpoints: [endpointAt(alive.port)] })
  await call(['apply', { set: [spec], removed: [] }])
  const [listeners] = await call(['listeners', 'web'])
  const [{ port } = { port: 0 }] = listeners as readonly { port: number }[]
  const isOver = async (): Promise<boolean> => {
    const [connections] = await call(['connections'])
    return (connections as readonly object[]).length === 0
  }
  t.equal((await exchange(t, port)).bytes.toString(), 'alive')
  while (!(await isOver()));
  end()
  const counts = (one: WorkerNews): boolean =>
    one.type === 'legacy' &&
    one.legacy.counts?.some(({ counts }) => counts.closed.ended === 1) === true
  const legacy = await heard('legacy', counts)
  const close = news.findIndex(({ type }) => type === 'close')
  t.ok(close >= 0 && close < news.indexOf(legacy))
})

t.test('listeners of other threads are not dialled, while they are there', async (t) => {
  const { call } = serve(t)
  const alive = await startNamed(t, 'alive')
  const foreign = { protocol: 'TCP', address: '127.0.0.1', port: alive.port }
  const spec = proxySocketSpec('web', { endpoints: [endpointAt(alive.port)] })
  await call(
    ['noteListeners', [{ ...foreign, isBound: true }]],
    ['apply', { set: [spec], removed: [] }],
  )
  const next = async () => {
    const [view] = await call(['explain', 'web', ''])
    return (view as { next: unknown }).next
  }
  t.match(await next(), { why: 'loop' })
  await call(['noteListeners', [{ ...foreign, isBound: false }]])
  t.match(await next(), { why: 'turn' })
})

t.test('late replies are told when it has left', async (t) => {
  const { call, heard } = serve(t)
  const backend = await openUdp(t)
  const spec = proxySocketSpec('dns', { protocol: 'UDP', endpoints: [endpointAt(backend.port)] })
  await call(['apply', { set: [spec], removed: [] }])
  const [status] = await call(['stats'])
  const { port = 0 } = (status as { listeners: { port: number }[] }[])[0]?.listeners[0] ?? {}
  const client = await udpClient(t, port)
  client.send('question')
  await backend.got(1)
  t.same(await call(['leave']), [[]])
  backend.socket.send('answer', backend.datagrams[0]?.from.port as number, '127.0.0.1')
  t.match(await heard('late-reply'), { reply: { key: 'dns', clientPort: client.port } })
})
