import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { AffinityPins } from '../../../lib/balance/session-affinity.ts'

t.test('a client keeps its endpoint until timeoutMs after the pin was set last', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  t.equal(pins.get('client', 0), undefined)
  pins.set('client', 'a', 0)
  t.equal(pins.get('client', 999), 'a')
  pins.set('client', 'a', 999)
  t.equal(pins.get('client', 1998), 'a', 'renewed by the new connection')
  t.equal(pins.get('client', 1999), undefined)
  t.equal(pins.get('client', 1998), undefined, 'gone for good')
  t.equal(pins.size, 0)
})

t.test('asking does not renew a pin', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  pins.set('client', 'a', 0)
  pins.get('client', 900)
  t.equal(pins.get('client', 1000), undefined)
})

t.test('a client can be pinned to another endpoint, and is one client still', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  pins.set('client', 'a', 0)
  pins.set('client', 'b', 10)
  t.equal(pins.get('client', 20), 'b')
  t.equal(pins.size, 1)
})

t.test('a new timeout counts for the pins there are', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  pins.set('one', 'a', 0)
  pins.set('two', 'b', 500)
  pins.timeoutMs = 5000
  t.equal(pins.get('one', 4999), 'a')
  pins.timeoutMs = 100
  t.equal(pins.get('two', 600), undefined)
})

t.test('only so many clients are pinned, and the one pinned longest ago goes first', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000, maxClients: 2 })
  pins.set('one', 'a', 1)
  pins.set('two', 'b', 2)
  pins.set('one', 'a', 3)
  pins.set('three', 'c', 4)
  t.equal(pins.size, 2)
  t.same(
    ['one', 'two', 'three'].map((client) => pins.get(client, 5)),
    ['a', undefined, 'c'],
  )
})

t.test('the default bound is 100,000 clients', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  for (let client = 0; client <= 100_000; client++) pins.set(`${client}`, 'a', 0)
  t.equal(pins.size, 100_000)
  t.equal(pins.get('0', 0), undefined)
  t.equal(pins.get('1', 0), 'a')
})

t.test('expired pins take no memory once anyone is pinned', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  for (let client = 0; client < 100; client++) pins.set(`old ${client}`, 'a', client)
  t.equal(pins.size, 100)
  pins.set('new', 'a', 1050)
  t.equal(pins.size, 50)
})

t.test('pins to endpoints that left are dropped', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  pins.set('one', 'a', 0)
  pins.set('two', 'b', 0)
  pins.set('three', 'a', 0)
  pins.retain(new Set(['b']))
  t.same(
    ['one', 'two', 'three'].map((client) => pins.get(client, 1)),
    [undefined, 'b', undefined],
  )
  pins.retain(new Map())
  t.equal(pins.size, 0)
})

t.test('whatever is done, the pins are those of a plain list', async () => {
  const client = fc.constantFrom('1', '2', '3', '4', '5')
  const key = fc.constantFrom('a', 'b', 'c')
  const step = fc.oneof(
    fc.record({ does: fc.constant('set' as const), client, key }),
    fc.record({ does: fc.constant('get' as const), client }),
    fc.record({ does: fc.constant('retain' as const), keys: fc.subarray(['a', 'b', 'c']) }),
    fc.record({ does: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ does: fc.constant('timeout' as const), ms: fc.integer({ min: 1, max: 100 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pins = new AffinityPins({ timeoutMs: 50, maxClients: 3 })
      let list: { client: string; key: string; setMs: number }[] = []
      let nowMs = 0
      let timeoutMs = 50
      const isAlive = (pin: { setMs: number }): boolean => nowMs - pin.setMs < timeoutMs
      for (const step of steps) {
        if (step.does === 'wait') nowMs += step.ms
        else if (step.does === 'timeout') pins.timeoutMs = timeoutMs = step.ms
        else if (step.does === 'set') {
          pins.set(step.client, step.key, nowMs)
          list = list.filter((pin) => pin.client !== step.client && isAlive(pin))
          list = [...list, { client: step.client, key: step.key, setMs: nowMs }].slice(-3)
          assert.equal(pins.size, list.length)
        } else if (step.does === 'retain') {
          pins.retain(new Set(step.keys))
          list = list.filter((pin) => step.keys.includes(pin.key))
          assert.equal(pins.size, list.length)
        } else {
          const pin = list.find((pin) => pin.client === step.client)
          const isPinned = pin !== undefined && isAlive(pin)
          assert.equal(pins.get(step.client, nowMs), isPinned ? pin.key : undefined)
          if (!isPinned) list = list.filter((other) => other !== pin)
        }
      }
    }),
    { numRuns: 300 },
  )
})

t.test('a view of a pin says for how long yet, renews nothing and drops nothing', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  t.equal(pins.view('client', 0), undefined)
  pins.set('client', 'a', 100)
  t.same(pins.view('client', 100), { endpointKey: 'a', leftMs: 1000 })
  t.same(pins.view('client', 1099), { endpointKey: 'a', leftMs: 1 })
  t.equal(pins.view('client', 1100), undefined)
  t.equal(pins.size, 1)
  pins.timeoutMs = 5000
  t.same(pins.view('client', 1100), { endpointKey: 'a', leftMs: 4000 })
})

t.test('pins are listed with their age, the oldest first, and expired ones are not', async (t) => {
  const pins = new AffinityPins({ timeoutMs: 1000 })
  pins.set('old', 'a', 0)
  pins.set('one', 'a', 500)
  pins.set('two', 'b', 900)
  pins.set('one', 'b', 950)
  t.same(pins.records(1000), [
    ['two', 'b', 100],
    ['one', 'b', 50],
  ])
})
