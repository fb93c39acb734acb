import t from 'tap'
import { closeReasons, failureReasons, dialFailure } from '../../../lib/relay/reasons.ts'

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
  for (const code of ['EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'EAGAIN'])
    t.equal(dialFailure(code), 'local-fault')
  for (const code of ['EMFILE', 'ENFILE']) t.equal(dialFailure(code), 'descriptors')
  for (const code of ['ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', undefined])
    t.equal(dialFailure(code), 'dial-failed')
})
