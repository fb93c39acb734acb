import t from 'tap'
import { columnsOf, padColumns, wrapColumns } from '../../bin/text-columns.ts'

t.test('Chinese characters and their punctuation are two columns wide', (t) => {
  for (const [text, columns] of [
    ['', 0],
    ['pod-1', 5],
    ['连接', 4],
    ['（a），', 7],
    ['级别：x', 7],
  ] as const) {
    t.equal(columnsOf(text), columns, text)
  }
  t.equal(padColumns('连接', 6), '连接  ')
  t.equal(padColumns('连接', 3), '连接')
  t.end()
})

t.test('lines are broken at spaces, and between Chinese characters', (t) => {
  const wrap = (text: string, width: number) =>
    wrapColumns(text, { width, first: '- ', others: '  ' })
  t.same(wrap('one two three', 9), ['- one two', '  three'])
  t.same(wrap('一二三四五六', 8), ['- 一二三', '  四五六'])
  t.same(wrap('一二三，四', 8), ['- 一二', '  三，四'], 'no comma begins a line')
  t.same(wrap('看 iptables 的规则', 12), ['- 看', '  iptables', '  的规则'])
  t.same(wrap('anextremelylongword x', 8), ['- anextremelylongword', '  x'])
  t.same(wrap('', 8), ['-'])
  t.end()
})
