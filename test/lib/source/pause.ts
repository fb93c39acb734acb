import { mock } from 'node:test'
import t from 'tap'
import { pause } from '../../../lib/source/pause.ts'

t.test('it ends when its time is over, or everything is', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const closing = new AbortController()
  let ended = 0
  const count = (): number => ended++
  const first = pause(100, closing.signal).then(count)
  const second = pause(1000, closing.signal).then(count)
  mock.timers.tick(99)
  await Promise.resolve()
  t.equal(ended, 0)
  mock.timers.tick(1)
  await first
  t.equal(ended, 1)
  closing.abort()
  await second
  await pause(1000, closing.signal)
  t.equal(ended, 2)
})
