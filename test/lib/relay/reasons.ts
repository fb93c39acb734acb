import t from 'tap'
import { closeReasons, failureReasons, isLocalFault } from '../../../lib/relay/reasons.ts'

t.test('every reason has a sentence, and no reason is both a failure and an end', async (t) => {
  for (const [reason, sentence] of Object.entries({ ...failureReasons, ...closeReasons })) {
    t.match(reason, /^[a-z]+(-[a-z]+)*$/)
    t.match(sentence, /\.$/)
  }
  t.same(
    Object.keys(failureReasons).filter((reason) => Object.hasOwn(closeReasons, reason)),
    [],
  )
})

t.test('only a fault of this machine is a local fault', async (t) => {
  for (const code of ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'EAGAIN'])
    t.ok(isLocalFault(code))
  for (const code of ['ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', undefined])
    t.notOk(isLocalFault(code))
})
