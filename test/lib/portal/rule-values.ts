import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { EntryName } from '../../../lib/model/entry.ts'
import { formatServicePortName } from '../../../lib/model/service-port-name.ts'
import type { ServicePort } from '../../../lib/model/service-port.ts'
import { RuleValues } from '../../../lib/portal/rule-values.ts'
import { entryOf, everyWay, servicePort, threeEntries } from '../../fixtures/bound-service-ports.ts'

/** Values of an entry of a ServicePort; most do not depend on it. */
const valuesOf = (servicePort: ServicePort, name?: EntryName) =>
  new RuleValues(servicePort, entryOf(servicePort, name))

const values = valuesOf(servicePort('shop/web:http'))

t.test('good values are returned as they are to be written', async (t) => {
  t.equal(values.comment(), 'shop/web:http')
  t.equal(valuesOf(servicePort('shop/web')).comment(), 'shop/web')
  t.equal(values.protocol(), 'tcp')
  t.equal(valuesOf(servicePort('shop/web', { protocol: 'UDP' })).protocol(), 'udp')
  t.equal(values.port(1), '1')
  t.equal(values.port(65_535), '65535')
  t.equal(values.address('0.0.0.0'), '0.0.0.0')
  t.equal(values.portal('10.96.0.1'), '10.96.0.1')
  t.equal(valuesOf(servicePort('a/b', { family: 'IPv6' })).portal('fd00::1'), 'fd00::1')
})

t.test('a rule says which entry it is of, unless that is the first', async (t) => {
  const one = everyWay('shop/web:http', { policies: threeEntries })
  t.strictSame(
    one.entries.map(({ name }) => valuesOf(one, name).comment()),
    ['shop/web:http', 'shop/web:http external', 'shop/web:http load-balancer'],
  )
})

t.test('the longest name that the API allows is a comment the kernel can hold', async (t) => {
  const label = 'a'.repeat(63)
  const one = everyWay(`${label}/${label}:${label}`, { policies: threeEntries })
  t.equal(valuesOf(one).comment().length, 191)
  t.equal(valuesOf(one, 'external').comment().length, 200)
  t.equal(valuesOf(one, 'load-balancer').comment().length, 205)
})

const bad: readonly (readonly [string, () => unknown])[] = [
  ['a port of 0', () => values.port(0)],
  ['a port of 65536', () => values.port(65_536)],
  ['half a port', () => values.port(80.5)],
  ['a port that is no number', () => values.port('80 -j ACCEPT' as unknown as number)],
  [
    'a protocol it does not know',
    () => valuesOf(servicePort('a/b', { protocol: 'SCTP' as 'TCP' })).protocol(),
  ],
  ['a name for an address', () => values.address('example.org')],
  ['an address with a space', () => values.address('10.0.0.1 -j ACCEPT')],
  ['an address of the other family', () => values.address('fd00::1')],
  [
    'an address in another form',
    () => valuesOf(servicePort('a/b', { family: 'IPv6' })).address('FD00::1'),
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
  const entry = fc.constantFrom(...everyWay('a/b', { policies: threeEntries }).entries)
  const property = fc.property(hostile, hostile, hostile, entry, (namespace, name, port, entry) => {
    const portName = { namespace, name, port, protocol: 'TCP' as const }
    const comment = commentOrNothing(
      new RuleValues({ ...servicePort('a/b'), name: portName }, entry),
    )
    if (comment === '') return
    const [, text, entryName = 'internal'] = form.exec(comment) ?? []
    assert.equal(text, formatServicePortName(portName))
    assert.equal(entryName, entry.name, 'no name passes for that of an entry')
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }))
})

const form =
  /^([a-z0-9-]{1,63}\/[a-z0-9-]{1,63}(?::[a-z0-9-]{1,63})?)(?: (external|load-balancer))?$/

function commentOrNothing(values: RuleValues): string {
  try {
    return values.comment()
  } catch {
    return ''
  }
}
