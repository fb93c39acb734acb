import fc from 'fast-check'
import t from 'tap'
import { LineBuffer } from '../../../lib/observe/line-buffer.ts'

t.test('numbers are in decimal, texts in UTF-8, as JSON where they are to be quoted', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2000 }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\x1f', '\x7f', '\ud800', 'é', 'a') }),
  )
  const line = new LineBuffer(16)
  fc.assert(
    fc.property(text, fc.oneof(fc.nat(1000), fc.maxSafeNat()), text, (quoted, number, plain) => {
      line.clear()
      line.putQuoted(quoted)
      line.putNumber(number)
      line.putText(plain)
      line.putBytes(Buffer.from('end'))
      const expected = Buffer.from(`${JSON.stringify(quoted)}${number}${plain}end\n`)
      return line.endLine() === expected.length && line.bytes.equals(expected)
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
    [String(Number.MAX_SAFE_INTEGER), (line) => line.putNumber(Number.MAX_SAFE_INTEGER)],
    ['end', (line) => line.putBytes(Buffer.from('end'))],
    ['"a"', (line) => line.putQuoted('a')],
    ['"\\ud800"', (line) => line.putQuoted('\ud800')],
    ['\u00e9', (line) => line.putText('\u00e9')],
  ]
  for (const [expected, add] of additions) {
    for (let filled = 1000; filled <= 1024; filled++) {
      const line = new LineBuffer(1024)
      line.putBytes(Buffer.alloc(filled, 'x'))
      add(line)
      line.endLine()
      if (line.bytes.toString() !== `${'x'.repeat(filled)}${expected}\n`) {
        t.fail(`${expected} after ${filled} bytes`)
      }
    }
  }
})

t.test('what should not have been asked for is to be seen', async (t) => {
  const line = new LineBuffer(16)
  line.putNumber(-1)
  line.putNumber(Number.NaN)
  line.endLine()
  t.equal(line.bytes.toString(), '-1NaN\n')
})

t.test('lines are counted when they end', async (t) => {
  const buffer = new LineBuffer(1)
  for (const text of ['ü', '', 'x'.repeat(100)]) {
    buffer.putText(text)
    t.equal(buffer.endLine(), Buffer.byteLength(text) + 1)
  }
  buffer.putText('half')
  t.equal(buffer.bytes.toString(), `ü\n\n${'x'.repeat(100)}\n`)
  t.same([buffer.count, buffer.length], [3, 105])
  buffer.clear()
  t.same([buffer.count, buffer.length, buffer.bytes.toString()], [0, 0, ''])
  buffer.putText('a')
  buffer.endLine()
  t.equal(buffer.bytes.toString(), 'a\n')
})
