import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { TextPositions } from '../../../lib/source/text-positions.ts'

t.test('lines and columns are counted from one', async (t) => {
  const positions = new TextPositions('ab\n\nc\r\nd')
  const expected = ['1:1', '1:2', '1:3', '2:1', '3:1', '3:2', '3:3', '4:1', '4:2']
  t.strictSame(
    expected.map((_, offset) => positions.at(offset)),
    expected,
  )
  t.equal(new TextPositions('').at(0), '1:1')
})

t.test('it agrees with counting by hand', async () => {
  const lines = fc.array(fc.constantFrom('', 'a', 'bcd', '\r'), { maxLength: 9 })
  fc.assert(
    fc.property(lines, fc.nat(), (lines, at) => {
      const text = lines.join('\n')
      const before = text.slice(0, at % (text.length + 1)).split('\n')
      assert.equal(
        new TextPositions(text).at(at % (text.length + 1)),
        `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
      )
    }),
  )
})
