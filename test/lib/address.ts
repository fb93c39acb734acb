import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import {
  addressClass,
  addressFamily,
  canonicalAddress,
  CIDR,
  formatHostPort,
  parseHostPort,
  type AddressClass,
} from '../../lib/address.ts'

const groups = fc.tuple(
  ...Array.from({ length: 8 }, () => fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))),
)

/** Ways to write one IPv6 address. */
function spellings(values: readonly number[]): string[] {
  const [a = 0, b = 0] = values.slice(6)
  const hex = values.map((value) => value.toString(16))
  const dotted = [a >> 8, a & 255, b >> 8, b & 255].join('.')
  return [
    hex.join(':'),
    hex.join(':').toUpperCase(),
    hex.map((text) => text.padStart(4, '0')).join(':'),
    [...hex.slice(0, 6), dotted].join(':'),
  ]
}

t.test('only what is exactly one IP address has a family', async (t) => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['10.0.0.1', 'IPv4'],
    ['0.0.0.0', 'IPv4'],
    ['fd00::1', 'IPv6'],
    ['::', 'IPv6'],
    ['::ffff:10.0.0.1', 'IPv6'],
    ['010.0.0.1', undefined], // octal to some: CVE-2021-29921
    ['10.1', undefined],
    ['0x7f.0.0.1', undefined],
    ['2130706433', undefined],
    ['256.0.0.1', undefined],
    ['10.0.0.1 ', undefined],
    ['10.0.0.1/32', undefined],
    ['[fd00::1]', undefined],
    ['fe80::1%eth0', undefined],
    ['localhost', undefined],
    ['', undefined],
  ]
  for (const [text, family] of rows) t.equal(addressFamily(text), family, `'${text}'`)
})

t.test(
  'the canonical form is RFC 5952, and an IPv4-mapped address is the IPv4 address',
  async (t) => {
    const rows: readonly (readonly [string, string | undefined])[] = [
      ['10.0.0.1', '10.0.0.1'],
      ['FD00:0:0::1', 'fd00::1'],
      ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
      ['::ffff:7f00:1', '127.0.0.1'],
      ['0:0:0:0:0:FFFF:127.0.0.1', '127.0.0.1'],
      ['::', '::'],
      ['fe80::1%eth0', undefined],
      ['010.0.0.1', undefined],
      ['', undefined],
    ]
    for (const [text, canonical] of rows) t.equal(canonicalAddress(text), canonical, `'${text}'`)
  },
)

t.test('all spellings of an address have one canonical form, and it is its own', async () => {
  fc.assert(
    fc.property(groups, (values) => {
      const forms = new Set(spellings(values).map(canonicalAddress))
      const [form] = forms
      return forms.size === 1 && form !== undefined && canonicalAddress(form) === form
    }),
  )
})

t.test('host and port are read back as they were written', async () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => canonicalAddress(text) ?? '')
  fc.assert(
    fc.property(address, fc.integer({ min: 0, max: 65535 }), (address, port) => {
      assert.deepEqual(parseHostPort(formatHostPort(address, port)), { address, port })
    }),
  )
})

t.test('what is not an address and a port is not read', async (t) => {
  t.strictSame(parseHostPort('[FD00::0:1]:80'), { address: 'fd00::1', port: 80 })
  for (const text of [
    '',
    ':80',
    '[]:80',
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:080',
    '10.0.0.1:65536',
    '10.0.0.1:-1',
    'fd00::1:80',
    '[fd00::1]',
    'localhost:80',
    '[fe80::1%eth0]:80',
  ]) {
    t.equal(parseHostPort(text), undefined, `'${text}'`)
  }
})

t.test('the class of an address changes where its block begins and ends', async (t) => {
  const rows: readonly (readonly [AddressClass, ...string[]])[] = [
    ['unspecified', '0.0.0.0', '0.255.255.255', '::'],
    ['loopback', '127.0.0.0', '127.0.0.1', '127.255.255.255', '::1'],
    ['link-local', '169.254.0.0', '169.254.169.254', '169.254.255.255', 'fe80::', 'febf:ffff::1'],
    ['multicast', '224.0.0.0', '239.255.255.255', 'ff00::', 'ff02::1', 'ffff:ffff::'],
    ['broadcast', '255.255.255.255'],
    ['ipv4-mapped', '::ffff:0.0.0.0', '::ffff:127.0.0.1', '::ffff:255.255.255.255'],
    ['unicast', '1.0.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0'],
    ['unicast', '223.255.255.255', '240.0.0.0', '255.255.255.254'],
    [
      'unicast',
      '::2',
      '::ffff:0:1:2',
      '1::',
      'fd00::1',
      'fe7f:ffff::',
      'fec0::',
      'feff:ffff::',
      'fe8::',
      'ff::1',
    ],
  ]
  for (const [kind, ...addresses] of rows) {
    for (const address of addresses) t.equal(addressClass(address), kind, address)
  }
})

t.test('the class of any address is what a BlockList of the same blocks says', async () => {
  const blocks: readonly (readonly [AddressClass, string, number])[] = [
    ['unspecified', '0.0.0.0', 8],
    ['unspecified', '::', 128],
    ['loopback', '127.0.0.0', 8],
    ['loopback', '::1', 128],
    ['link-local', '169.254.0.0', 16],
    ['link-local', 'fe80::', 10],
    ['multicast', '224.0.0.0', 4],
    ['multicast', 'ff00::', 8],
    ['broadcast', '255.255.255.255', 32],
  ]
  const lists = blocks.map(([kind, address, prefix]) => {
    const list = new BlockList()
    list.addSubnet(address, prefix, address.includes(':') ? 'ipv6' : 'ipv4')
    return [kind, list] as const
  })
  const byte = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0, 127, 169, 223, 224, 239, 240, 254, 255),
  )
  const firstGroup = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }),
    fc.constantFrom(0, 0xfe7f, 0xfe80, 0xfebf, 0xfec0, 0xfeff, 0xff00),
  )
  const address = fc.oneof(
    fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.')),
    fc.tuple(firstGroup, groups).map(([first, [, ...rest]]) => {
      return [first, ...rest].map((value) => value.toString(16)).join(':')
    }),
  )
  fc.assert(
    fc.property(address, (text) => {
      const canonical = canonicalAddress(text) ?? ''
      const family = canonical.includes(':') ? 'ipv6' : 'ipv4'
      const hit = lists.find(([, list]) => list.check(canonical, family))
      return addressClass(canonical) === (hit?.[0] ?? 'unicast')
    }),
    { numRuns: 2000 },
  )
})

t.test('a CIDR is read strictly', async (t) => {
  for (const text of ['10.96.0.0/12', '0.0.0.0/0', '10.0.0.1/32', 'fd00::/64', '::/0', '::1/128']) {
    t.equal(CIDR.parse(text)?.toString(), text)
  }
  t.equal(CIDR.parse('FD00:0::/64')?.toString(), 'fd00::/64')
  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '010.0.0.0/8',
    'fd00::/129',
    '::ffff:10.0.0.0/104', // IPv4 by its address, IPv6 by its length
    'fe80::%eth0/64',
    'any/0',
  ]) {
    t.equal(CIDR.parse(text), undefined, `'${text}'`)
  }
})

t.test('a CIDR holds the addresses that share its prefix', async () => {
  const bits = (values: readonly number[], width: number): string =>
    values.map((value) => value.toString(2).padStart(width, '0')).join('')
  const bytes = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 255 })))
  const near = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<readonly [T, T]> =>
    fc.oneof(
      fc.tuple(values, values),
      values.map((value) => [value, value] as const),
    )
  fc.assert(
    fc.property(near(bytes), fc.integer({ min: 0, max: 32 }), ([a, b], length) => {
      const isInside = bits(a, 8).slice(0, length) === bits(b, 8).slice(0, length)
      return CIDR.parse(`${a.join('.')}/${length}`)?.contains(b.join('.')) === isInside
    }),
  )
  fc.assert(
    fc.property(groups, groups, fc.integer({ min: 0, max: 128 }), (a, b, length) => {
      const isInside = bits(a, 16).slice(0, length) === bits(b, 16).slice(0, length)
      const [text = ''] = spellings(a)
      const address = canonicalAddress(spellings(b)[0] ?? '') ?? ''
      // Mapped addresses are IPv4 here: there is no such block, and no block of IPv6 holds one.
      const cidr = CIDR.parse(`${text}/${length}`)
      if (cidr === undefined) return canonicalAddress(text)?.includes(':') === false
      return cidr.contains(address) === (isInside && address.includes(':'))
    }),
  )
})

t.test('a CIDR never holds an address of the other family', async (t) => {
  const all4 = CIDR.parse('0.0.0.0/0')
  const all6 = CIDR.parse('::/0')
  t.same([all4?.family, all4?.address, all4?.prefixLength], ['IPv4', '0.0.0.0', 0])
  t.same([all6?.family, all6?.address, all6?.prefixLength], ['IPv6', '::', 0])
  t.equal(all4?.contains('10.0.0.1'), true)
  t.equal(all4?.contains('fd00::1'), false)
  t.equal(all6?.contains('fd00::1'), true)
  t.equal(all6?.contains('10.0.0.1'), false)
  t.equal(all6?.contains('nonsense'), false)
})
