import t from 'tap'
import { warnOnce } from '../../../lib/portal/warn-once.ts'

t.test('each message is passed on once', async (t) => {
  const said: string[] = []
  const warn = warnOnce((message) => said.push(message))
  for (const message of ['a', 'b', 'a']) warn(message)
  t.strictSame(said, ['a', 'b'])
})

t.test('nobody needs to listen', async (t) => {
  t.doesNotThrow(() => warnOnce()('a'))
})
