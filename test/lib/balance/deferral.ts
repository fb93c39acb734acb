import t from 'tap'
import { Deferral } from '../../../lib/balance/deferral.ts'

/** A dial that begins and fails at once. */
function dialAndFail(deferral: Deferral, nowMs: number): void {
  deferral.dialled(nowMs)
  deferral.failed(nowMs)
}

t.test('an endpoint that was never dialled is neither deferred nor suspect', async (t) => {
  const deferral = new Deferral()
  t.notOk(deferral.isDoubted)
  t.notOk(deferral.isDeferred(0))
  t.notOk(deferral.isSuspect(1e9))
})

t.test('a failed dial defers for 1 s, then one connection may try', async (t) => {
  const deferral = new Deferral()
  dialAndFail(deferral, 100)
  t.ok(deferral.isDoubted)
  t.ok(deferral.isDeferred(100))
  t.ok(deferral.isDeferred(1099))
  t.notOk(deferral.isDeferred(1100), 'the interval is over')
  deferral.dialled(1100)
  t.ok(deferral.isDeferred(1100), 'somebody is trying')
  t.ok(deferral.isDeferred(9000))
  deferral.reached(9000)
  t.notOk(deferral.isDeferred(9000))
  t.notOk(deferral.isDoubted)
})

t.test('the interval doubles to 30 s with each try that fails', async (t) => {
  const deferral = new Deferral()
  let nowMs = 0
  for (const intervalMs of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    dialAndFail(deferral, nowMs)
    t.ok(deferral.isDeferred(nowMs + intervalMs - 1), `deferred for ${intervalMs}`)
    t.notOk(deferral.isDeferred(nowMs + intervalMs), `and no longer`)
    nowMs += intervalMs
  }
})

t.test('a success begins the intervals anew', async (t) => {
  const deferral = new Deferral()
  dialAndFail(deferral, 0)
  dialAndFail(deferral, 1000)
  deferral.dialled(3000)
  deferral.reached(3000)
  dialAndFail(deferral, 4000)
  t.ok(deferral.isDeferred(4999))
  t.notOk(deferral.isDeferred(5000))
})

t.test('a success right after a failure leaves nothing of it', async (t) => {
  const deferral = new Deferral()
  deferral.dialled(0)
  deferral.dialled(0)
  deferral.failed(250)
  deferral.reached(300)
  t.notOk(deferral.isDeferred(300))
  dialAndFail(deferral, 400)
  t.ok(deferral.isDeferred(400), 'a new failure counts, though the old interval is not over')
  t.ok(deferral.isDeferred(1399))
  t.notOk(deferral.isDeferred(1400))
})

t.test('dials that fail in a bunch are one failure', async (t) => {
  const deferral = new Deferral()
  for (let dial = 0; dial < 32; dial++) deferral.dialled(dial)
  for (let dial = 0; dial < 32; dial++) deferral.failed(250 + dial)
  t.ok(deferral.isDeferred(1249))
  t.notOk(deferral.isDeferred(1250))
})

t.test('a try that ends without blame leaves the next one to another connection', async (t) => {
  const deferral = new Deferral()
  dialAndFail(deferral, 0)
  deferral.dialled(1000)
  t.ok(deferral.isDeferred(1000))
  deferral.released()
  t.notOk(deferral.isDeferred(1000))
  t.ok(deferral.isDoubted)
})

t.test('a dial that is pending for more than suspectAfterMs makes a suspect', async (t) => {
  const deferral = new Deferral()
  deferral.dialled(100)
  t.notOk(deferral.isSuspect(150))
  t.ok(deferral.isSuspect(151))
  t.notOk(deferral.isDeferred(151), 'nothing has failed yet')
  deferral.dialled(160)
  t.ok(deferral.isSuspect(160), 'the start of one more dial is no sign of life')
  deferral.released()
  t.ok(deferral.isSuspect(160))
  deferral.released()
  t.notOk(deferral.isSuspect(1e6), 'no dial is pending')
})

t.test('a success is a sign of life for the dials that are still pending', async (t) => {
  const deferral = new Deferral({ suspectAfterMs: 20 })
  deferral.dialled(0)
  deferral.dialled(15)
  t.ok(deferral.isSuspect(30))
  deferral.reached(30)
  t.notOk(deferral.isSuspect(50))
  t.ok(deferral.isSuspect(51))
})

t.test('a suspect whose last pending dial failed is deferred instead', async (t) => {
  const deferral = new Deferral()
  deferral.dialled(0)
  deferral.failed(250)
  t.notOk(deferral.isSuspect(1000))
  t.ok(deferral.isDeferred(1000))
})

t.test(
  'the end of a dial whose begin was not seen counts for nothing but what it says',
  async (t) => {
    const deferral = new Deferral()
    deferral.released()
    deferral.released()
    deferral.dialled(0)
    t.ok(deferral.isSuspect(51))
    deferral.reached(60)
    t.notOk(deferral.isSuspect(1000))
    deferral.failed(1000)
    t.ok(deferral.isDeferred(1000))
  },
)

t.test('a view has the standing, the time to the next try and the silence', async (t) => {
  const deferral = new Deferral()
  const good = { standing: 'good', retryMs: 0, pendingDials: 0, silentMs: 0 }
  t.same(deferral.view(0), good)
  deferral.dialled(100)
  t.same(deferral.view(150), { ...good, pendingDials: 1, silentMs: 50 })
  t.same(deferral.view(151), { standing: 'suspect', retryMs: 0, pendingDials: 1, silentMs: 51 })
  deferral.failed(200)
  t.same(deferral.view(300), { ...good, standing: 'deferred', retryMs: 900 })
  t.same(deferral.view(1200), { ...good, standing: 'due' })
  deferral.dialled(1300)
  t.same(deferral.view(1310), {
    standing: 'deferred',
    retryMs: 0,
    pendingDials: 1,
    silentMs: 10,
  })
  deferral.reached(1320)
  t.same(deferral.view(1320), good)
})
