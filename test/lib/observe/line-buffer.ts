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

t.test('it has room for whatever comes when it is nearly full', async (t) => {
  const additions: readonly (readonly [string, (line: LineBuffer) => void])[] = [
    [String(Number.MAX_SAFE_INTEGER), (line) => line.number(Number.MAX_SAFE_INTEGER)],
    ['end', (line) => line.bytes(Buffer.from('end'))],
    ['"a"', (line) => line.quoted('a')],
    ['"\\ud800"', (line) => line.quoted('\ud800')],
    ['\u00e9', (line) => line.text('\u00e9')],
  ]
  for (const [expected, add] of additions) {
    for (let filled = 1000; filled <= 1024; filled++) {
      const line = new LineBuffer()
      line.bytes(Buffer.alloc(filled, 'x'))
      add(line)
      if (line.toString() !== `${'x'.repeat(filled)}${expected}`) {
        t.fail(`${expected} after ${filled} bytes`)
      }
    }
  }
})

t.test('what should not have been asked for is to be seen', async (t) => {
  const line = new LineBuffer()
  line.number(-1)
  line.number(Number.NaN)
  t.equal(line.toString(), '-1NaN')
})
