import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { readJson } from '../../../lib/source/json-value.ts'

const text = `{ "kind" : "List",
  "items": [ {"a": {"b" :[1, -2.5e+3, true, "x"]}, "q\\"\\u0041\\\\": "y" } , null,[ ]],
  "none": null, "last": {} }`

t.test('the text of a field is found by its path', async (t) => {
  const { value, offsetOf } = readJson(text)
  t.strictSame(value, JSON.parse(text))
  const table: [(string | number)[], string][] = [
    [[], '{ "kind"'],
    [['kind'], '"List"'],
    [['items'], '[ {"a"'],
    [['items', 0], '{"a"'],
    [['items', 0, 'a'], '{"b"'],
    [['items', 0, 'a', 'b', 0], '1,'],
    [['items', 0, 'a', 'b', 1], '-2.5'],
    [['items', 0, 'a', 'b', 2], 'true'],
    [['items', 0, 'a', 'b', 3], '"x"'],
    [['items', 0, 'q"A\\'], '"y"'],
    [['items', 2], '[ ]'],
    [['last'], '{}'],
  ]
  for (const [path, start] of table) {
    const offset = offsetOf(path)
    t.equal(text.slice(offset, offset + start.length), start, path.join('.'))
  }
})

t.test('an absent or empty field is where its key, or that of the field above, is', async (t) => {
  const { offsetOf } = readJson(text)
  const table: [(string | number)[], string][] = [
    [['none'], '"none"'],
    [['none', 'deeper'], '"none"'],
    [['missing'], '{ "kind"'],
    [['last', 'missing', 'deeper'], '"last"'],
    [['items', 9, 'a'], '"items"'],
    [['items', 0, 'missing'], '{"a"'],
    [['items', 0, 'a', 'b', 'missing'], '"b" :'],
    [['items', 0, 'a', 'b', 3, 'missing'], '"x"'],
  ]
  for (const [path, start] of table) {
    const offset = offsetOf(path)
    t.equal(text.slice(offset, offset + start.length), start, path.join('.'))
  }
})

t.test('of a repeated key the last one counts', async (t) => {
  const { value, offsetOf } = readJson('{"a": 1, "a": 2}')
  t.strictSame([value, offsetOf(['a'])], [{ a: 2 }, 14])
})

t.test('what is no JSON throws', async (t) => {
  t.throws(() => readJson('{"a": 1,}'), SyntaxError)
})

t.test('every field of any JSON is found', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent)
      const { value: plain, offsetOf } = readJson(text)
      const check = (field: unknown, path: (string | number)[]): void => {
        if (field === null) return
        const start = JSON.stringify(field, undefined, indent).slice(0, 1)
        assert.equal(text[offsetOf(path)], start, path.join('.'))
        if (typeof field !== 'object') return
        for (const [key, child] of Object.entries(field)) {
          check(child, [...path, Array.isArray(field) ? Number(key) : key])
        }
      }
      check(plain, [])
    }),
  )
})
