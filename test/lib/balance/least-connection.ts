import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { LeastConnection } from '../../../lib/balance/least-connection.ts'
import { RoundRobin } from '../../../lib/balance/round-robin.ts'
import { addressesOf } from '../../fixtures/model-objects.ts'

const endpoints = addressesOf('a', 'b', 'c')

function openTo(open: Readonly<Record<string, number>>) {
  return ({ key }: { key: string }): number => open[key] ?? 0
}

t.test('the endpoint with the fewest connections comes next', async (t) => {
  const scheduler = new LeastConnection()
  const open = { a: 3, b: 1, c: 2 }
  t.equal(scheduler.pick(endpoints, '', openTo(open)).key, 'b')
  t.equal(scheduler.pick(endpoints, '', openTo({ ...open, b: 2 })).key, 'c')
  t.equal(scheduler.pick(endpoints, '', openTo({ ...open, b: 9, c: 9 })).key, 'a')
})

t.test('those that have equally few come in turn, as with round robin', async (t) => {
  for (const skip of [0, 1, 5]) {
    const [least, turns] = [new LeastConnection(skip), new RoundRobin(skip)]
    for (let i = 0; i < 7; i++) {
      const next = turns.peek(endpoints, '', [])
      t.equal(least.peek(endpoints, '', [], openTo({})), next)
      t.equal(least.pick(endpoints, '', openTo({})), next)
      turns.pick(endpoints)
    }
  }
})

t.test('peek passes over what has been picked', async (t) => {
  const scheduler = new LeastConnection()
  const [a] = endpoints as [(typeof endpoints)[0]]
  t.equal(scheduler.peek(endpoints, '', [a], openTo({})).key, 'b')
  t.equal(scheduler.peek(endpoints, '', [a], openTo({ b: 1 })).key, 'c')
})

t.test('connections that only begin differ by one at most', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 100 }), (size, count) => {
      const endpoints = addressesOf(...Array.from({ length: size }, (_, i) => `e${i}`))
      const open: Record<string, number> = {}
      const scheduler = new LeastConnection()
      for (let i = 0; i < count; i++) {
        const { key } = scheduler.pick(endpoints, '', openTo(open))
        open[key] = (open[key] ?? 0) + 1
      }
      const counts = endpoints.map(openTo(open))
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1)
    }),
  )
})
