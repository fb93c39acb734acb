import { mock } from 'node:test'
import t from 'tap'
import { Watchdog, withinMs } from '../../../lib/source/watchdog.ts'
import { mockTimers } from '../../fixtures/mock-timers.ts'

t.test('it bites when nothing has come for so long', async (t) => {
  mockTimers(t)
  const watchdog = new Watchdog(new AbortController().signal)
  watchdog.expect(1500)
  mock.timers.tick(1499)
  watchdog.expect(1500)
  mock.timers.tick(1499)
  t.notOk(watchdog.signal.aborted)
  mock.timers.tick(1)
  t.match(watchdog.signal.reason, { message: 'nothing was heard for 1.5 s' })
  t.ok(watchdog.hasBitten)
})

t.test('after the end it does not', async (t) => {
  mockTimers(t)
  const closing = new AbortController()
  const watchdog = new Watchdog(closing.signal)
  watchdog.expect(10)
  watchdog.end()
  mock.timers.tick(10)
  closing.abort()
  t.notOk(watchdog.signal.aborted)
})

t.test('it ends with everything else, with the same reason', async (t) => {
  mockTimers(t)
  const closing = new AbortController()
  const reason = new Error('closed')
  const early = new Watchdog(closing.signal)
  closing.abort(reason)
  const late = new Watchdog(closing.signal)
  for (const { signal, hasBitten } of [early, late]) {
    t.equal(signal.reason, reason)
    t.notOk(hasBitten)
  }
})

t.test('a request that has to be answered in time', async (t) => {
  mockTimers(t)
  const { signal } = new AbortController()
  t.equal(await withinMs(10, signal, async () => 5), 5)
  const never = withinMs(
    2000,
    signal,
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
  )
  mock.timers.tick(2000)
  await t.rejects(never, { message: 'nothing was heard for 2 s' })
})
