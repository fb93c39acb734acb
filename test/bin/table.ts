import fc from 'fast-check'
import t from 'tap'
import type { Column } from '../../bin/table.ts'
import { Table } from '../../bin/table.ts'

interface Row {
  readonly name: string
  readonly state: string
}

const columns: readonly Column<Row>[] = [
  { header: 'NAME', cell: ({ name }) => name },
  { header: 'STATE', cell: ({ state }) => state },
]

t.test(
  'columns are as wide as their widest cell, and lines have no spaces at their end',
  async (t) => {
    const table = new Table({ columns })
    t.same(
      table.lines([
        { name: 'shop/web:http', state: 'up' },
        { name: 'a', state: 'pending' },
      ]),
      ['NAME           STATE', 'shop/web:http  up', 'a              pending'],
    )
  },
)

t.test('no rows are no lines, and the header waits for the first row', async (t) => {
  const table = new Table({ columns })
  t.same(table.lines([]), [])
  t.same(table.lines([{ name: 'a', state: 'up' }]), ['NAME  STATE', 'a     up'])
})

t.test('rows that come later stand under the same header', async (t) => {
  const table = new Table({ columns })
  table.lines([{ name: 'shop/web', state: 'up' }])
  t.same(table.lines([{ name: 'a', state: 'up' }]), ['a         up'])
  t.same(table.lines([{ name: 'shop/web-2', state: 'up' }]), ['shop/web-2  up'])
  t.same(table.lines([{ name: 'a', state: 'up' }]), ['a           up'])
})

t.test('the widest column gives way, and says so', async (t) => {
  const table = new Table({ columns, width: 16 })
  t.same(table.lines([{ name: 'a-very-long-name', state: 'up' }]), [
    'NAME       STATE',
    'a-very-l…  up',
  ])
})

t.test('columns that may be cut give way before the others', async (t) => {
  const cuttable = columns.map((column, i) =>
    i === 0 ? { ...column, mayBeCut: true as const } : column,
  )
  const table = new Table({ columns: cuttable, width: 32 })
  const row = { name: 'a-very-long-name', state: '10.244.10.2:54321' }
  t.same(table.lines([row])[1], 'a-very-long-…  10.244.10.2:54321')
  const narrow = new Table({ columns: cuttable, width: 25 })
  t.same(narrow.lines([row])[1], 'a-very-lo…  10.244.10.2:…', 'but not to nothing')
})

t.test(
  'lists give way before all others, from the left, and say how many are left out',
  async (t) => {
    const lists = columns.map((column) => ({ ...column, isList: true as const }))
    const row = { name: 'a:1,b:2,c:3', state: '1/3 in,0/3 out' }
    const line = (width: number) => new Table({ columns: lists, width }).lines([row])[1]
    t.equal(line(27), 'a:1,b:2,c:3  1/3 in,0/3 out')
    t.equal(line(26), 'a:1,b:2,+1  1/3 in,0/3 out')
    t.equal(line(25), 'a:1,+2     1/3 in,0/3 out')
    t.equal(line(22), 'a:1,+2  1/3 in,0/3 out')
    t.equal(line(21), 'a:1,+2  1/3 in,+1')
    t.equal(line(16), 'a:1,+2  1/3 in,…', 'half an entry is the last resort')
    t.equal(
      new Table({ columns: lists, width: 8 }).lines([{ name: 'a', state: 'b' }])[0],
      'NA…  ST…',
    )
  },
)

t.test('an empty cell is a dash, and no cell can move the cursor', async (t) => {
  const table = new Table({ columns })
  t.same(table.lines([{ name: '', state: 'up\u001B[2J\r\n\u202E' }]).slice(1), ['-     up?[2J???'])
})

t.test('no line is longer than the width, whatever the cells', async () => {
  const text = fc.string({ maxLength: 100 })
  const list = fc.array(text, { maxLength: 5 }).map((entries) => entries.join(','))
  const rows = fc.array(fc.record({ name: list, state: text }), { minLength: 1 })
  const withList = columns.map((column, i) =>
    i === 0 ? { ...column, isList: true as const } : column,
  )
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 4, max: 100 }), (first, second, width) => {
      const table = new Table({ columns: withList, width })
      const lines = [...table.lines(first), ...table.lines(second)]
      return (
        lines.length === first.length + second.length + 1 &&
        lines.every((line) => line.length <= width)
      )
    }),
  )
})
