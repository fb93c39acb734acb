import { EventEmitter } from 'node:events'
import { mock } from 'node:test'
import type { Worker } from 'node:worker_threads'
import type { Test } from 'tap'
import t from 'tap'
import { noCounts } from '../../../../lib/relay/counts.ts'
import type { LinkNews, LostThread } from '../../../../lib/relay/workers/worker-link.ts'
import { WorkerLink } from '../../../../lib/relay/workers/worker-link.ts'
import type { WorkerCall, WorkerNews } from '../../../../lib/relay/workers/worker-message.ts'
import { eventually } from '../../../fixtures/eventually.ts'

/** A thread that answers when the test says so. */
class FakeThread extends EventEmitter {
  readonly calls: WorkerCall[] = []
  messages = 0
  isTerminated = false

  postMessage(calls: readonly WorkerCall[]): void {
    this.messages++
    this.calls.push(...calls)
  }

  says(...news: WorkerNews[]): void {
    this.emit('message', news)
  }

  answers(method: string, value: unknown): void {
    const { id } = this.calls.find((call) => call.method === method) as WorkerCall
    this.says({ type: 'answer', id, value })
  }

  async terminate(): Promise<number> {
    this.isTerminated = true
    this.emit('exit')
    return 1
  }
}

function startLink(t: Test) {
  const threads: FakeThread[] = []
  const begun: WorkerLink[] = []
  const news: LinkNews[] = []
  const lost: LostThread[] = []
  const clock = { nowMs: 0 }
  const link = new WorkerLink({
    createThread: () => {
      const thread = new FakeThread()
      threads.push(thread)
      return thread as unknown as Worker
    },
    onBegin: (link) => begun.push(link),
    onNews: (one) => news.push(one),
    onLost: (one) => lost.push(one),
    random: () => 0,
    now: () => clock.nowMs,
  })
  t.teardown(() => link.end())
  const thread = (index: number) => threads[index] as FakeThread
  return { link, threads, thread, begun, news, lost, clock }
}

const info = { id: 7, state: 'established' } as never
const counts = { ...noCounts, opened: 3, open: 2, closed: { ended: 1 } } as const
const legacy = { counts: [{ servicePortKey: 'web', counts, failedDials: [] }], pins: [] }

t.test(
  'what is asked in one turn goes in one message, and is answered by its number',
  async (t) => {
    const { link, thread, begun } = startLink(t)
    t.equal(begun.length, 1)
    const [stats, connections] = [link.call('stats'), link.call('connections')]
    await new Promise((resolve) => setImmediate(resolve))
    t.equal(thread(0).messages, 1)
    thread(0).answers('connections', ['b'])
    thread(0).answers('stats', ['a'])
    t.same([await stats, await connections], [['a'], ['b']])
    thread(0).says({ type: 'answer', id: 99, value: 'nobody asked' })
    link.end().catch(t.fail)
    await new Promise((resolve) => setImmediate(resolve))
    thread(0).answers('legacy', legacy)
  },
)

t.test('a thread that is lost leaves what it said last, and is replaced', async (t) => {
  const { link, thread, threads, begun, news, lost, clock } = startLink(t)
  thread(0).says({ type: 'connection', info }, { type: 'legacy', legacy })
  thread(0).says({ type: 'connection', info: { ...(info as object), id: 8, ageMs: 3 } as never })
  thread(0).says({ type: 'close', info })
  t.equal(news.length, 3)
  const asked = link.call('stats')
  clock.nowMs = 1000
  const error = new Error('out of memory')
  thread(0).emit('error', error)
  thread(0).emit('exit')
  t.equal(await asked, undefined)
  t.equal(await link.call('stats'), undefined, 'nobody is there')
  t.notOk(link.isUp)
  t.match(lost, [{ error, open: 2, connections: [{ id: 8, ageMs: 1003 }] }])
  t.match(link.legacy.counts, [
    { counts: { opened: 3, open: 0, closed: { ended: 1, 'worker-lost': 2 } } },
  ])
  await eventually(() => threads.length === 2)
  t.ok(link.isUp)
  t.equal(begun.length, 2)
  thread(1).says({ type: 'legacy', legacy: { counts: [] } })
  t.same(link.legacy, { counts: [], pins: [] })
  const ending = link.end()
  await new Promise((resolve) => setImmediate(resolve))
  thread(1).answers('legacy', legacy)
  await ending
  t.ok(thread(1).isTerminated)
  t.equal(lost.length, 1, 'an end is no loss')
  t.equal(link.legacy.counts.length, 1)
})

t.test('who fails again and again waits longer, until one has lived for a minute', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { threads, thread, clock, lost } = startLink(t)
  const pauses = [50, 100, 200, 50, 100]
  for (const [n, pauseMs] of pauses.entries()) {
    if (pauseMs === 50) clock.nowMs += 60_001
    thread(n).emit('exit')
    mock.timers.tick(pauseMs - 1)
    t.equal(threads.length, n + 1)
    mock.timers.tick(1)
    t.equal(threads.length, n + 2, `after ${pauseMs} ms`)
  }
  t.equal(lost.length, pauses.length)
  t.match(lost, [{ error: { message: 'the thread has ended' } }])
  thread(pauses.length).emit('exit')
})

t.test('what ends while it is to be replaced is not', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { link, thread, threads } = startLink(t)
  thread(0).emit('exit')
  await link.end()
  t.notOk(link.isUp)
  mock.timers.tick(60_000)
  t.equal(threads.length, 1)
})
