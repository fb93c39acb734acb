import t from 'tap'
import { wallClock } from '../../../lib/observe/wall-clock.ts'

t.test('it is the time of the system, in whole ms', async (t) => {
  const time = wallClock()
  const before = Date.now()
  const said = time()
  const after = Date.now()
  t.ok(Number.isInteger(said))
  t.ok(said >= before - 1 && said <= after + 1, `${before} <= ${said} <= ${after}`)
})

t.test('between two comparisons it goes on by the other clock', async (t) => {
  let systemMs = 1_700_000_000_000
  let ms = 5000.4
  const time = wallClock(
    () => systemMs,
    () => ms,
  )
  t.equal(time(), 1_700_000_000_000)
  ms += 999.9
  systemMs += 60_000
  t.equal(time(), 1_700_000_001_000, 'the system was set, which nobody has seen')
  ms += 0.2
  t.equal(time(), 1_700_000_060_000, 'and now it is')
})

t.test('clocks that were not read together are not compared', async (t) => {
  let ms = 0
  let heldUpMs = 300
  const time = wallClock(
    () => {
      ms += heldUpMs
      return 1_700_000_000_000 + ms
    },
    () => ms,
  )
  t.equal(time(), 1_700_000_000_300)
  heldUpMs = 0
  t.equal(time(), 1_700_000_000_300)
  ms += 10
  t.equal(time(), 1_700_000_000_310)
})
