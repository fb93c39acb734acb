import t from 'tap'
import { difference, Figures, formatFigure } from '../../../../lib/lab/report/figure.ts'

const good = (...values: readonly number[]) => ({ values, invalid: [] })
const whole = (value: number) => value.toFixed(0)

t.test('a cell is a median with its range, or why there is none', (t) => {
  t.equal(formatFigure(good(410, 510, 442), whole), '442 [410–510]')
  t.equal(formatFigure(good(7), whole), '7')
  t.equal(formatFigure(good(1.1, 0.9), whole), '1', 'a range that cannot be seen')
  t.equal(formatFigure(good(), whole), '')
  const spoiled = { values: [1, 2], invalid: ['780 SYN retransmits', 'other'] }
  t.equal(formatFigure(spoiled, whole), 'invalid: 780 SYN retransmits')
  t.end()
})

t.test('two cells differ where their rounds do not overlap', (t) => {
  const base = good(100, 110, 120)
  t.equal(difference(good(190, 200, 210), base), '1.8x')
  t.equal(difference(good(50, 55, 60), base), '0.50x')
  t.equal(difference(good(1900, 2000, 2100), base), '18x')
  t.equal(difference(good(115, 200, 300), base), 'no visible difference')
  t.equal(difference(good(200, 210), base), '', 'two rounds say nothing')
  t.equal(difference({ values: [200, 210, 220], invalid: ['x'] }, base), '')
  t.equal(difference(undefined, base), '')
  t.equal(difference(base, undefined), '')
  t.end()
})

t.test('rounds are gathered by cell', (t) => {
  const figures = new Figures()
  figures.add('a', 1)
  figures.add('a', undefined)
  figures.addInvalid('a', 'why')
  figures.add('a', 2)
  t.same(figures.get('a'), { values: [1, 2], invalid: ['why'] })
  t.equal(figures.get('b'), undefined)
  t.end()
})
