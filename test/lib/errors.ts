import t from 'tap'
import { errorCodes, ProxyError } from '../../lib/errors.ts'

t.test('every code has a sentence, and the table cannot be changed', async (t) => {
  for (const [code, sentence] of Object.entries(errorCodes)) {
    t.match(code, /^ERR_[A-Z_]+$/)
    t.match(sentence, /^[A-Z].*\.$/, code)
  }
  t.ok(Object.isFrozen(errorCodes))
})

t.test('a ProxyError is an Error with a code and its context', async (t) => {
  const cause = new Error('EADDRINUSE')
  const error = new ProxyError('ERR_LISTEN', 'cannot listen on 127.0.0.1:80', {
    servicePort: 'default/web:http',
    location: 'shop.yaml:3:1',
    cause,
  })
  t.ok(error instanceof Error)
  t.equal(error.name, 'ProxyError')
  t.equal(error.code, 'ERR_LISTEN')
  t.equal(error.message, 'cannot listen on 127.0.0.1:80')
  t.equal(error.servicePort, 'default/web:http')
  t.equal(error.location, 'shop.yaml:3:1')
  t.equal(error.cause, cause)
  t.match(error.stack, /^ProxyError: cannot listen/)
})

t.test('a ProxyError without a cause has none, not an undefined one', async (t) => {
  const error = new ProxyError('ERR_CLOSED', 'sync() after close()')
  t.notOk(Object.hasOwn(error, 'cause'))
  t.equal(error.servicePort, undefined)
  t.equal(error.location, undefined)
})
