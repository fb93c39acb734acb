import { EventEmitter } from 'node:events'
import t from 'tap'
import { ProxyError } from '../../../lib/errors.ts'
import type { ObservedProxier } from '../../../lib/observe/observed-events.ts'
import {
  ObservedEvents,
  programmingBoundsMs,
  syncBoundsMs,
} from '../../../lib/observe/observed-events.ts'

t.test("the buckets are kube-proxy's", async (t) => {
  t.same([syncBoundsMs[0], syncBoundsMs.at(-1), syncBoundsMs.length], [1, 16_384, 15])
  t.same(programmingBoundsMs.slice(0, 5), [0, 250, 500, 1000, 2000])
  t.same(
    programmingBoundsMs.slice(-8),
    [115, 120, 150, 180, 210, 240, 270, 300].map((s) => s * 1000),
  )
  t.equal(new Set(programmingBoundsMs).size, 3 + 59 + 12 + 7)
})

t.test('what is told is counted, until it is closed', async (t) => {
  const emitter = new EventEmitter()
  const events = new ObservedEvents(emitter as unknown as ObservedProxier)
  const tell = (): void => {
    const networkProgramming = [{ family: 'IPv6', durationMs: 700 }]
    emitter.emit('sync', { set: 1, removed: 0, durationMs: 3, networkProgramming })
    emitter.emit('portals', { durationMs: 5 })
    emitter.emit('problem', new ProxyError('ERR_LISTEN', 'taken'))
  }
  tell()
  tell()
  events.probed('healthz', 200)
  events.probed('healthz', 200)
  events.probed('readyz', 503)
  events.close()
  tell()
  t.equal(events.syncMs.snapshot().sum, 6)
  t.equal(events.portalSyncMs.snapshot().sum, 10)
  t.equal(events.programmingMs.IPv6.snapshot().sum, 1400)
  t.equal(events.programmingMs.IPv4.snapshot().sum, 0)
  t.strictSame([...events.problems], [['ERR_LISTEN', 2]])
  t.same(
    [events.probes('healthz', 200), events.probes('healthz', 503), events.probes('readyz', 503)],
    [2, 0, 1],
  )
  t.strictSame(emitter.eventNames(), [])
})
