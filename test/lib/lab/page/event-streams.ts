import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import type { EventStreamsOptions } from '../../../../lib/lab/page/event-streams.ts'
import { EventStreams } from '../../../../lib/lab/page/event-streams.ts'
import { TopicBoard } from '../../../../lib/lab/page/topic-board.ts'

async function start(t: Test, options: Partial<EventStreamsOptions> = {}) {
  const board = new TopicBoard()
  board.set('traces', [])
  const streams = new EventStreams({ board, run: 'run', pauseMs: 1, ...options })
  const server = createServer((request, response) => {
    streams.add(response, String(request.headers['last-event-id'] ?? ''))
  })
  t.teardown(() => server.close())
  t.teardown(() => server.closeAllConnections())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = async (lastEventId = ''): Promise<IncomingMessage> => {
    const headers = { 'last-event-id': lastEventId }
    const [response] = (await once(get({ port, host: '127.0.0.1', headers }), 'response')) as [
      IncomingMessage,
    ]
    response.setEncoding('utf8').on('error', () => {})
    return response
  }
  return { board, streams, server, open }
}

async function read(stream: IncomingMessage): Promise<string> {
  const [chunk] = (await once(stream, 'data')) as [string]
  return chunk
}

t.test('a page that comes is told all, and then what changes', async (t) => {
  const { board, open } = await start(t)
  const stream = await open()
  t.equal(await read(stream), 'event: snapshot\nid: run.1\ndata: {"traces":[]}\n\n')
  board.set('latency', [])
  board.set('latency', [])
  t.equal(await read(stream), 'event: delta\nid: run.3\ndata: {"latency":[]}\n\n')
})

t.test('one that was cut off is told what it has missed', async (t) => {
  const { board, open } = await start(t)
  board.set('latency', [])
  t.equal(await read(await open('run.1')), 'event: delta\nid: run.2\ndata: {"latency":[]}\n\n')
})

t.test('ids that mean nothing here are passed over', async (t) => {
  const { open } = await start(t)
  for (const id of ['another.1', 'run.99', 'run.x', 'run.', 'run.0.5', 'rubbish']) {
    t.match(await read(await open(id)), /^event: snapshot\n/, id)
  }
})

t.test('a page that says nothing is shown that the connection lives', async (t) => {
  const { open } = await start(t, { heartbeatMs: 5 })
  const stream = await open()
  await read(stream)
  t.equal(await read(stream), ':\n\n')
})

t.test('of a page that has gone nothing is left', async (t) => {
  const { board, open, server } = await start(t)
  const stream = await open()
  await read(stream)
  const closed = new Promise((resolve) => {
    server.once('connection', () => {})
    stream.once('close', resolve)
  })
  board.set('latency', [])
  stream.destroy()
  await closed
  board.set('latency', [])
  await new Promise((resolve) => setTimeout(resolve, 5))
})

t.test('at the end all streams end', async (t) => {
  const { streams, open } = await start(t)
  const stream = await open()
  await read(stream)
  streams.close()
  await once(stream, 'end')
})
