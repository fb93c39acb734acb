import fc from 'fast-check'
import t from 'tap'
import { LineBuffer } from '../../../lib/observe/line-buffer.ts'

t.test('numbers are in decimal, texts in UTF-8, as JSON where they are to be quoted', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2000 }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\x1f', '\x7f', '\ud800', 'é', 'a') }),
  )
  const line = new LineBuffer()
  fc.assert(
    fc.property(text, fc.oneof(fc.nat(1000), fc.maxSafeNat()), text, (quoted, number, plain) => {
      line.clear()
      line.quoted(quoted)
      line.number(number)
      line.text(plain)
      line.bytes(Buffer.from('end'))
      const expected = Buffer.from(`${JSON.stringify(quoted)}${number}${plain}end`)
      const copy = Buffer.alloc(expected.length + 2, '.')
      line.copyTo(copy, 1)
      return (
        line.length === expected.length &&
        line.toString() === expected.toString() &&
        copy.toString() === `.${expected.toString()}.`
      )
    }),
    {
      examples: [
        ['', 0, ''],
        ['', 9, ''],
        ['', 10, ''],
        ['', Number.MAX_SAFE_INTEGER, ''],
      ],
    },
  )
})
