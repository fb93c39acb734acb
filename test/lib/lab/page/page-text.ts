import t from 'tap'
import { pageText } from '../../../../lib/lab/page/page-text.ts'

t.test('a message in a language, filled in', async (t) => {
  t.equal(pageText('en', 'pause'), 'Pause')
  t.equal(pageText('zh-CN', 'sent', { count: 3 }), '已发送 3')
})
