import { mock } from 'node:test'
import type { Test } from 'tap'
import t from 'tap'
import { TimeoutQueue } from '../../../lib/relay/timeout-queue.ts'
import { mockTimers } from '../../fixtures/mock-timers.ts'

function queueOf(
  t: Test,
  timeoutMs: number,
): {
  queue: TimeoutQueue<string>
  expired: string[]
  tick: (ms: number) => void
} {
  mockTimers(t)
  const expired: string[] = []
  const queue = new TimeoutQueue<string>({
    timeoutMs,
    now: () => Date.now(),
    onExpire: (entry) => expired.push(entry),
  })
  return { queue, expired, tick: (ms) => mock.timers.tick(ms) }
}

t.test('entries expire in the order in which they were added', async (t) => {
  const { queue, expired, tick } = queueOf(t, 100)
  queue.add('a')
  tick(40)
  queue.add('b')
  tick(59)
  t.same(expired, [])
  tick(1)
  t.same(expired, ['a'])
  tick(39)
  t.same(expired, ['a'])
  tick(1)
  t.same(expired, ['a', 'b'])
  t.equal(queue.size, 0)
})

t.test('deleting and adding again starts the time of an entry anew', async (t) => {
  const { queue, expired, tick } = queueOf(t, 100)
  const wait = queue.add('a')
  tick(90)
  queue.delete(wait)
  queue.delete(wait)
  queue.add('a')
  tick(90)
  t.same(expired, [])
  tick(10)
  t.same(expired, ['a'])
})

t.test('a deleted entry does not expire, and one added later still does', async (t) => {
  const { queue, expired, tick } = queueOf(t, 100)
  queue.delete(queue.add('a'))
  tick(50)
  queue.add('b')
  tick(100)
  t.same(expired, ['b'])
})

t.test('an entry may be added while others expire', async (t) => {
  mockTimers(t)
  const expired: string[] = []
  const queue: TimeoutQueue<string> = new TimeoutQueue<string>({
    timeoutMs: 10,
    now: () => Date.now(),
    onExpire: (entry) => {
      expired.push(entry)
      if (expired.length < 3) queue.add('again')
    },
  })
  queue.add('first')
  mock.timers.tick(10)
  mock.timers.tick(10)
  mock.timers.tick(10)
  mock.timers.tick(10)
  t.same(expired, ['first', 'again', 'again'])
})

t.test('a timeout of 0 is no timeout', async (t) => {
  const { queue, expired, tick } = queueOf(t, 0)
  queue.add('a')
  t.equal(queue.size, 0)
  tick(1e9)
  t.same(expired, [])
})
