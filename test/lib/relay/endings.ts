import { mock } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { ClosedFacts } from '../../../lib/relay/connection-facts.ts'
import { neverOpened } from '../../../lib/relay/connection-facts.ts'
import type { ClosedConnectionInfo } from '../../../lib/relay/data-plane.ts'
import { Endings } from '../../../lib/relay/endings.ts'
import { eventually } from '../../fixtures/eventually.ts'

function endingsOf(clocks: { now?: () => number; wallClock?: () => number } = {}) {
  const told: ClosedConnectionInfo[] = []
  const tell = (info: ClosedConnectionInfo): void => void told.push(info)
  return { told, endings: new Endings({ tell, now: () => 0, ...clocks }) }
}

const factsOf = (id: number, more: Partial<ClosedFacts> = {}): ClosedFacts => ({
  ...neverOpened,
  id,
  host: { servicePort: 'shop/web:http', entryName: 'internal' },
  protocol: 'TCP',
  clientAddress: '10.244.3.4',
  clientPort: 41_234,
  entry: '10.96.0.10:80',
  sinceMs: 0,
  untilMs: 0,
  reason: 'ended',
  ...more,
})

const idsOf = (told: readonly ClosedConnectionInfo[]): number[] => told.map(({ id }) => id)

t.test('256 are told of together, in their order', async (t) => {
  const { told, endings } = endingsOf()
  for (let id = 0; id < 255; id++) endings.add(factsOf(id))
  t.same(told, [])
  for (let id = 255; id < 600; id++) endings.add(factsOf(id))
  t.same(idsOf(told), [...Array(512).keys()])
  endings.tell()
  t.same(idsOf(told), [...Array(600).keys()])
})

t.test('of few somebody is told all the same, a little later', async (t) => {
  const { told, endings } = endingsOf()
  endings.add(factsOf(1))
  await delay(1)
  endings.add(factsOf(2))
  await eventually(() => told.length > 0)
  t.same(idsOf(told), [1, 2])
  endings.add(factsOf(3))
  await eventually(() => told.length > 2)
  t.same(idsOf(told), [1, 2, 3])
})

t.test('a timer that was overtaken tells nobody too early', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { told, endings } = endingsOf()
  endings.add(factsOf(1))
  mock.timers.tick(40)
  endings.tell()
  t.same(idsOf(told), [1])
  endings.add(factsOf(2))
  mock.timers.tick(49)
  t.same(idsOf(told), [1])
  mock.timers.tick(1)
  t.same(idsOf(told), [1, 2])
})

t.test('the time of an end is that of the system when it is told, less what has passed', (t) => {
  let nowMs = 1000
  const { told, endings } = endingsOf({
    now: () => nowMs,
    wallClock: () => 1_700_000_000_000,
  })
  endings.add(factsOf(1, { sinceMs: 400.4, untilMs: 1000 }))
  nowMs = 1030.4
  endings.tell()
  t.match(told, [{ ageMs: 600, endedMs: 1_699_999_999_970 }])
  t.end()
})

t.test('what one listener adds while it is told is told too, later', async (t) => {
  const ids: number[] = []
  const endings: Endings = new Endings({
    tell: ({ id }) => {
      ids.push(id)
      if (id === 1) endings.add(factsOf(3))
    },
    now: () => 0,
  })
  endings.add(factsOf(1))
  endings.add(factsOf(2))
  endings.tell()
  t.same(ids, [1, 2])
  await eventually(() => ids.length === 3)
  t.same(ids, [1, 2, 3])
})

t.test('a listener that throws does not keep the others from being told', async (t) => {
  const ids: number[] = []
  const endings: Endings = new Endings({
    tell: ({ id }) => {
      ids.push(id)
      if (id !== 1) return
      endings.add(factsOf(4))
      throw new Error('listener')
    },
    now: () => 0,
  })
  for (const id of [0, 1, 2, 3]) endings.add(factsOf(id))
  t.throws(() => endings.tell(), { message: 'listener' })
  t.same(ids, [0, 1])
  await eventually(() => ids.length === 5)
  t.same(ids, [0, 1, 2, 3, 4])
})

t.test('the default clock is that of the system', async (t) => {
  const { told, endings } = endingsOf({ now: () => performance.now() })
  const sinceMs = Date.now()
  endings.add(factsOf(1, { untilMs: performance.now() }))
  endings.tell()
  const [{ endedMs } = { endedMs: 0 }] = told
  t.ok(endedMs >= sinceMs - 2 && endedMs <= Date.now() + 2, `${endedMs - sinceMs} ms`)
})
