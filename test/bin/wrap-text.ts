import t from 'tap'
import { wrapText } from '../../bin/wrap-text.ts'

t.test('words go to the next line where there is no room, and no further', async (t) => {
  const options = { width: 10, first: '- ', others: '  ' }
  t.same(wrapText('one two three', options), ['- one two', '  three'])
  t.same(wrapText('a-very-long-word and more', options), ['- a-very-long-word', '  and more'])
  t.same(wrapText('', options), ['- '])
})
