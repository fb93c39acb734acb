import t from 'tap'
import { StatusError, type StatusErrorOptions } from '../../../lib/source/status-error.ts'

t.test('it says what the server said', async (t) => {
  const table: readonly [StatusErrorOptions, string][] = [
    [{ status: 502 }, '502 Bad Gateway'],
    [{ status: 599 }, '599'],
    [{ status: 503, body: '<html>' }, '503 Service Unavailable'],
    [{ status: 503, body: null }, '503 Service Unavailable'],
    [{ status: 410, body: { reason: 'Expired', message: 'too old' } }, '410 Expired: too old'],
    [{ status: 403, body: { reason: 5, message: 'no\u001b[31m' } }, '403: no\\u{1b}[31m'],
    [
      { status: 500, body: { message: 'x'.repeat(500) } },
      `500 Internal Server Error: ${'x'.repeat(400)}…`,
    ],
  ]
  for (const [options, message] of table) {
    t.match(new StatusError(options), { name: 'StatusError', status: options.status, message })
  }
})

t.test('it knows for how long the server does not want to be asked', async (t) => {
  const table: readonly [Omit<StatusErrorOptions, 'status'>, number | undefined][] = [
    [{}, undefined],
    [{ retryAfter: '7' }, 7_000],
    [{ retryAfter: '0' }, 0],
    [{ retryAfter: 'Fri, 31 Dec 1999 23:59:59 GMT' }, undefined],
    [{ retryAfter: '-1' }, undefined],
    [{ body: { details: { retryAfterSeconds: 3 } } }, 3_000],
    [{ body: { details: { retryAfterSeconds: {} } } }, undefined],
    [{ retryAfter: '1', body: { details: { retryAfterSeconds: 3 } } }, 1_000],
    [{ retryAfter: '99999999999' }, 300_000],
  ]
  for (const [options, ms] of table) {
    t.equal(new StatusError({ status: 429, ...options }).retryAfterMs, ms, JSON.stringify(options))
  }
})

t.test('it knows versions that are too old or too new', async (t) => {
  const causes = [null, { reason: 'Other' }, { reason: 'ResourceVersionTooLarge' }]
  const tooLarge = new StatusError({ status: 504, body: { details: { causes } } })
  t.ok(tooLarge.isTooLargeVersion)
  t.notOk(tooLarge.isExpired)
  t.notOk(new StatusError({ status: 504, body: { details: { causes: 5 } } }).isTooLargeVersion)
  t.ok(StatusError.fromEvent({ code: 410, reason: 'Gone' }).isExpired)
  t.match(StatusError.fromEvent(null), { status: 0, message: '0' })
  t.match(StatusError.fromEvent({ code: 'x', message: 'hm' }), { status: 0, message: '0: hm' })
})

t.test('a namespace that is being deleted is told from a lack of rights', async (t) => {
  const refusal = (reason: string): StatusError => {
    const details = { causes: [{ reason, field: 'metadata.namespace' }] }
    return new StatusError({ status: 403, body: { reason: 'Forbidden', details } })
  }
  t.equal(refusal('NamespaceTerminating').isNamespaceTerminating, true)
  t.equal(refusal('Other').isNamespaceTerminating, false)
  t.equal(new StatusError({ status: 403 }).isNamespaceTerminating, false)
})
