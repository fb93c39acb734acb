import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { RoundRobin } from '../../../lib/balance/round-robin.ts'
import { addressesOf } from '../../fixtures/model-objects.ts'

function picks(roundRobin: RoundRobin, names: readonly string[], count: number): string {
  const endpoints = addressesOf(...names)
  return Array.from({ length: count }, () => roundRobin.pick(endpoints).key).join('')
}

t.test('each endpoint has its turn, in the order of keys', async (t) => {
  t.equal(picks(new RoundRobin(), ['a', 'b', 'c'], 7), 'abcabca')
  t.equal(picks(new RoundRobin(), ['a'], 3), 'aaa')
})

t.test('the cursor survives every change of the list', async (t) => {
  const roundRobin = new RoundRobin()
  t.equal(picks(roundRobin, ['b', 'd'], 1), 'b')
  t.equal(picks(roundRobin, ['a', 'b', 'c', 'd'], 1), 'c', 'one came before it and one after it')
  t.equal(picks(roundRobin, ['a', 'b', 'd'], 1), 'd', 'the one picked last is gone')
  t.equal(picks(roundRobin, ['a', 'b'], 1), 'a', 'all after it are gone')
  t.equal(picks(roundRobin, ['b', 'c'], 2), 'bc', 'scaled down and up again')
})

t.test('lists of any kind in any order: always the first after the one before', async () => {
  const list = fc
    .uniqueArray(fc.string({ minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 8 })
    .map((names) => names.toSorted())
  fc.assert(
    fc.property(fc.array(fc.tuple(list, fc.integer({ min: 1, max: 4 }))), (lists) => {
      const roundRobin = new RoundRobin()
      let last = ''
      for (const [names, times] of lists) {
        const endpoints = addressesOf(...names)
        for (let turn = 0; turn < times; turn++) {
          const before = last
          last = roundRobin.pick(endpoints).key
          assert.equal(last, names.find((name) => name > before) ?? names[0])
        }
      }
    }),
  )
})

t.test('peek says what pick is about to, also after others, and moves nothing', async (t) => {
  const roundRobin = new RoundRobin()
  const endpoints = addressesOf('a', 'b', 'c')
  const [a] = endpoints as [(typeof endpoints)[0]]
  t.equal(roundRobin.peek(endpoints, '', []).key, 'a')
  t.equal(roundRobin.peek(endpoints, '', []).key, 'a')
  t.equal(roundRobin.peek(endpoints, '', [a]).key, 'b')
  t.equal(picks(roundRobin, ['a', 'b', 'c'], 3), 'abc')
  t.equal(roundRobin.peek(endpoints, '', []).key, 'a', 'after the last comes the first')
})

t.test('those that begin elsewhere go the same way', async (t) => {
  t.equal(picks(new RoundRobin(1), ['a', 'b', 'c'], 5), 'bcabc')
  t.equal(picks(new RoundRobin(5), ['a', 'b', 'c'], 5), 'cabca')
  const roundRobin = new RoundRobin(2)
  const endpoints = addressesOf('a', 'b', 'c')
  t.equal(roundRobin.peek(endpoints, '', []).key, 'c')
  t.equal(roundRobin.peek(endpoints, '', addressesOf('c')).key, 'a')
  t.equal(picks(roundRobin, ['a', 'b'], 3), 'aba', 'fewer than were passed over')
})
