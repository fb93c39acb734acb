import fc from 'fast-check'
import t from 'tap'
import { printable } from '../../../lib/model/printable.ts'

t.test('plain text stays as it is', async (t) => {
  t.equal(printable('shop/web: grün 10 €'), 'shop/web: grün 10 €')
})

t.test('what could move a cursor or turn text around is escaped', async (t) => {
  t.equal(
    printable('\u001b[31m\u202e\u2028\r\n\ud800'),
    '\\u{1b}[31m\\u{202e}\\u{2028}\\u{d}\\u{a}\\u{d800}',
  )
})

t.test('a long text is cut', async (t) => {
  t.equal(printable('x'.repeat(81)), `${'x'.repeat(80)}…`)
  t.equal(printable('x'.repeat(80)), 'x'.repeat(80))
  t.equal(printable('xyz', 2), 'xy…')
})

t.test('no text leaves anything but what a terminal shows as it is', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      /^[^\p{Cc}\p{Cf}\p{Cs}]*$/u.test(printable(text)),
    ),
  )
  t.pass()
})
