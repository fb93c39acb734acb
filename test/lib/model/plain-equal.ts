import fc from 'fast-check'
import t from 'tap'
import { plainEqual } from '../../../lib/model/plain-equal.ts'

t.test('plain data is compared by what it holds', async (t) => {
  const rows: readonly (readonly [unknown, unknown, boolean])[] = [
    [1, 1, true],
    [1, '1', false],
    [Number.NaN, Number.NaN, true],
    [undefined, null, false],
    [null, {}, false],
    [{}, null, false],
    [{}, {}, true],
    [{}, [], false],
    [['a', 'b'], ['a', 'b'], true],
    [['a', 'b'], ['b', 'a'], false],
    [['a'], ['a', 'a'], false],
    [{ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 }, true],
    [{ a: 1, b: [{ c: 2 }] }, { a: 1, b: [{ c: 3 }] }, false],
    [{ a: undefined }, {}, false],
    [{ a: undefined }, { b: undefined }, false],
    [{ toString: 1 }, { valueOf: 1 }, false],
  ]
  for (const [a, b, isEqual] of rows) {
    t.equal(plainEqual(a, b), isEqual, `${JSON.stringify(a)} and ${JSON.stringify(b)}`)
  }
})

t.test('a copy is equal, and a copy with one change is not', async () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.nat(), (values, at) => {
      const copy = structuredClone(values)
      const changed: unknown[] = structuredClone(values)
      changed[at % changed.length] = Symbol('changed')
      return plainEqual(values, copy) && !plainEqual(values, changed)
    }),
  )
})
