import t from 'tap'
import { ProxyError } from '../../../lib/errors.ts'
import { joinProblems } from '../../../lib/source/join-problems.ts'

const unread = new ProxyError('ERR_SOURCE', 'a does not exist')
const invalid = new ProxyError('ERR_INVALID_MANIFEST', 'b:1:1: bad', { location: 'b:1:1' })

t.test('one problem is itself', async (t) => {
  t.equal(joinProblems([invalid]), invalid)
})

t.test('of many, each has a line, and the error holds them', async (t) => {
  const joined = joinProblems([unread, invalid])
  t.equal(joined.code, 'ERR_INVALID_MANIFEST')
  t.equal(joined.message, 'a does not exist\nb:1:1: bad')
  t.strictSame((joined.cause as AggregateError).errors, [unread, invalid])
  t.equal(joinProblems([unread, unread]).code, 'ERR_SOURCE')
})
