import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { compareText } from '../../../lib/model/compare-text.ts'

t.test('texts are ordered by code unit, whatever the locale', async (t) => {
  t.same(['ä', 'b', 'a', 'Z', 'a', ''].sort(compareText), ['', 'Z', 'a', 'a', 'b', 'ä'])
})

t.test('it is the order that sort has without a comparison', async () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (texts) => {
      assert.deepEqual(texts.toSorted(compareText), texts.toSorted())
    }),
  )
})
