import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { RuleValues } from '../../../lib/portal/rule-values.ts'
import { servicePort } from '../../fixtures/bound-service-ports.ts'

const values = new RuleValues(servicePort('shop/web:http'))

t.test('good values are returned as they are to be written', async (t) => {
  t.equal(values.comment(), 'shop/web:http')
  t.equal(new RuleValues(servicePort('shop/web')).comment(), 'shop/web')
  t.equal(values.protocol(), 'tcp')
  t.equal(new RuleValues(servicePort('shop/web', { protocol: 'UDP' })).protocol(), 'udp')
  t.equal(values.port(1), '1')
  t.equal(values.port(65_535), '65535')
  t.equal(values.address('0.0.0.0'), '0.0.0.0')
  t.equal(values.portal('10.96.0.1'), '10.96.0.1')
  t.equal(new RuleValues(servicePort('a/b', { family: 'IPv6' })).portal('fd00::1'), 'fd00::1')
})

t.test('the longest name that the API allows is a comment the kernel can hold', async (t) => {
  const label = 'a'.repeat(63)
  const comment = new RuleValues(servicePort(`${label}/${label}:${label}`)).comment()
  t.equal(comment.length, 191)
})

const bad: readonly (readonly [string, () => unknown])[] = [
  ['a port of 0', () => values.port(0)],
  ['a port of 65536', () => values.port(65_536)],
  ['half a port', () => values.port(80.5)],
  ['a port that is no number', () => values.port('80 -j ACCEPT' as unknown as number)],
  [
    'a protocol it does not know',
    () => new RuleValues(servicePort('a/b', { protocol: 'SCTP' as 'TCP' })).protocol(),
  ],
  ['a name for an address', () => values.address('example.org')],
  ['an address with a space', () => values.address('10.0.0.1 -j ACCEPT')],
  ['an address of the other family', () => values.address('fd00::1')],
  [
    'an address in another form',
    () => new RuleValues(servicePort('a/b', { family: 'IPv6' })).address('FD00::1'),
  ],
  ['a loopback portal', () => values.portal('127.0.0.1')],
  ['a link-local portal', () => values.portal('169.254.169.254')],
  ['a multicast portal', () => values.portal('224.0.0.1')],
  ['the wildcard as a portal', () => values.portal('0.0.0.0')],
]

for (const [what, check] of bad) {
  t.test(`refuses ${what}, and names the Service`, async (t) => {
    t.throws(check, { code: 'ERR_PORTAL', message: /^no redirect for Service port / })
  })
}

t.test('says what is wrong and what would be right', async (t) => {
  t.throws(() => values.port(0), {
    message:
      'no redirect for Service port "shop/web:http": port 0 should be a number from 1 to 65535',
    servicePort: 'shop/web:http',
  })
})

t.test('no name with anything but DNS labels passes, whatever it holds', async (t) => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('a', '0', '-', '\n', '"', '\\', ' ', '/', ':', '\0', '\r', '\u2028'),
    }),
  )
  const property = fc.property(hostile, hostile, hostile, (namespace, name, port) => {
    const portName = { namespace, name, port, protocol: 'TCP' as const }
    const values = new RuleValues({ ...servicePort('a/b'), name: portName })
    const comment = commentOrNothing(values)
    assert.match(comment, /^([a-z0-9-]{1,63}\/[a-z0-9-]{1,63}(:[a-z0-9-]{1,63})?)?$/)
    assert.equal(comment.includes('\n'), false)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }))
})

function commentOrNothing(values: RuleValues): string {
  try {
    return values.comment()
  } catch {
    return ''
  }
}
