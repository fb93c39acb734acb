import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { endpointsOfPort } from '../../../lib/model/endpoint-slices.ts'
import type { EndpointSlice, SliceEndpoint } from '../../../lib/model/objects.ts'
import { sliceOf } from '../../fixtures/model-objects.ts'

const http = { name: 'http', protocol: 'TCP', families: ['IPv4'] } as const

function keysOf(slices: readonly EndpointSlice[], port: Parameters<typeof endpointsOfPort>[1]) {
  return endpointsOfPort(slices, port).map(({ key }) => key)
}

t.test('an endpoint carries what its slice says, and the key that identifies it', async (t) => {
  const slice = sliceOf([
    {
      address: '10.0.0.1',
      ready: false,
      nodeName: 'node-1',
      zone: 'a',
      forZones: ['a', 'b'],
      forNodes: ['node-1'],
      targetName: 'web-abc',
    },
  ])
  t.strictSame(endpointsOfPort([slice], http), [
    {
      key: '10.0.0.1:8080',
      address: '10.0.0.1',
      port: 8080,
      ready: false,
      serving: true,
      terminating: false,
      nodeName: 'node-1',
      zone: 'a',
      forZones: ['a', 'b'],
      forNodes: ['node-1'],
      targetName: 'web-abc',
    },
  ])
})

t.test('ports are matched by name and protocol, and each slice says its own number', async (t) => {
  const slices = [
    sliceOf(['10.0.0.1'], {
      name: 'web-1',
      ports: [
        { name: 'http', protocol: 'TCP', port: 8080 },
        { name: 'http', protocol: 'UDP', port: 8081 },
        { name: 'metrics', protocol: 'TCP', port: 9090 },
      ],
    }),
    // A named target port that is another number in another pod.
    sliceOf(['10.0.0.2'], {
      name: 'web-2',
      ports: [{ name: 'http', protocol: 'TCP', port: 9000 }],
    }),
    sliceOf(['10.0.0.3'], { name: 'web-3', ports: [] }),
  ]
  t.strictSame(keysOf(slices, http), ['10.0.0.1:8080', '10.0.0.2:9000'])
  t.strictSame(keysOf(slices, { ...http, protocol: 'UDP' }), ['10.0.0.1:8081'])
  t.strictSame(keysOf(slices, { ...http, name: '' }), [])
  t.strictSame(keysOf([], http), [])
})

t.test('only slices of the families asked for count, and FQDN never', async (t) => {
  const slices = [
    sliceOf(['10.0.0.1'], { name: 'a' }),
    sliceOf(['fd00::1'], { name: 'b', addressType: 'IPv6' }),
    sliceOf(['db.example'], { name: 'c', addressType: 'FQDN' }),
  ]
  t.strictSame(keysOf(slices, http), ['10.0.0.1:8080'])
  t.strictSame(keysOf(slices, { ...http, families: ['IPv6'] }), ['[fd00::1]:8080'])
  t.strictSame(keysOf(slices, { ...http, families: ['IPv4', 'IPv6'] }), [
    '10.0.0.1:8080',
    '[fd00::1]:8080',
  ])
})

t.test('of two entries for one address the better one stays, else the first', async (t) => {
  // From worst to best; within a line they are equals.
  const ranks: readonly (readonly Partial<SliceEndpoint>[])[] = [
    [
      { terminating: true, ready: false },
      { terminating: true, ready: true },
    ],
    [
      { terminating: false, ready: false, serving: false },
      { terminating: false, ready: false, serving: true },
    ],
    [{ terminating: false, ready: true }],
  ]
  const all = ranks.flatMap((fields, rank) => fields.map((given) => ({ given, rank })))
  const rows = all.flatMap((first) =>
    all.map((second) => ({
      first: first.given,
      second: second.given,
      stays: second.rank > first.rank ? 'second' : 'first',
    })),
  )
  for (const { first, second, stays } of rows) {
    const slices = [
      sliceOf([{ ...first, targetName: 'first' }], { name: 'web-1' }),
      sliceOf([{ ...second, targetName: 'second' }], { name: 'web-2' }),
    ]
    for (const order of [slices, slices.toReversed()]) {
      t.strictSame(
        endpointsOfPort(order, http).map(({ targetName }) => targetName),
        [stays],
      )
    }
  }
})

t.test(
  'the result is sorted, without duplicates, and the same in whatever order slices came',
  async () => {
    const endpoint = fc.record({
      address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.10', '9.0.0.1'),
      terminating: fc.boolean(),
      ready: fc.boolean(),
    })
    const slices = fc
      .array(fc.array(endpoint, { maxLength: 4 }), { minLength: 1, maxLength: 4 })
      .map((lists) => lists.map((list, index) => sliceOf(list, { name: `web-${index}` })))
    const shuffled = slices.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    )
    fc.assert(
      fc.property(shuffled, ([list, otherOrder]) => {
        const endpoints = endpointsOfPort(list, http)
        const keys = endpoints.map(({ key }) => key)
        assert.deepEqual(keys, [...new Set(keys)].sort())
        assert.deepEqual(endpointsOfPort(new Set(otherOrder), http), endpoints)
        const given = list.flatMap((slice) => slice.endpoints)
        assert.equal(keys.length, new Set(given.map(({ address }) => address)).size)
        for (const { address, terminating, ready } of endpoints) {
          const same = given.filter((other) => other.address === address)
          const lives = same.filter((other) => !other.terminating)
          assert.equal(terminating, lives.length === 0)
          if (!terminating)
            assert.equal(
              ready,
              lives.some((other) => other.ready),
            )
        }
      }),
    )
  },
)
