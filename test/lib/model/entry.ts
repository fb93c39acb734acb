import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  entriesOf,
  entryKey,
  entryNameOf,
  servicePortKeyOf,
  type EntryPolicies,
} from '../../../lib/model/entry.ts'

const policies: EntryPolicies = {
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  sourceRanges: undefined,
  isExternallyAccessible: true,
  hasLoadBalancerIP: true,
}
const ranges = ['192.0.2.0/24']

t.test('the key of the first entry is that of the ServicePort', async (t) => {
  const key = 'default/web:http/TCP/IPv4'
  t.equal(entryKey(key, 'internal'), key)
  t.equal(entryKey(key, 'external'), `${key}/external`)
  t.equal(entryKey(key, 'load-balancer'), `${key}/load-balancer`)
})

t.test('ways that share a policy share an entry', async (t) => {
  t.strictSame(entriesOf(policies), [
    {
      name: 'internal',
      ways: ['cluster-ip', 'external-ip', 'load-balancer-ip', 'node-port'],
      trafficPolicy: 'Cluster',
      sourceRanges: undefined,
    },
  ])
  t.strictSame(entriesOf({ ...policies, externalTrafficPolicy: 'Local', sourceRanges: ranges }), [
    {
      name: 'internal',
      ways: ['cluster-ip'],
      trafficPolicy: 'Cluster',
      sourceRanges: undefined,
    },
    {
      name: 'external',
      ways: ['external-ip', 'node-port'],
      trafficPolicy: 'Local',
      sourceRanges: undefined,
    },
    {
      name: 'load-balancer',
      ways: ['load-balancer-ip'],
      trafficPolicy: 'Local',
      sourceRanges: ranges,
    },
  ])
})

t.test('which entries there are', async (t) => {
  const rows: readonly [string, Partial<EntryPolicies>, readonly string[]][] = [
    ['one policy', {}, ['internal']],
    ['external Local', { externalTrafficPolicy: 'Local' }, ['internal', 'external']],
    ['internal Local', { internalTrafficPolicy: 'Local' }, ['internal', 'external']],
    [
      // One list, but inside clients see another one by the external ways.
      'both Local',
      { internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' },
      ['internal', 'external'],
    ],
    [
      'external Local without an external way',
      { externalTrafficPolicy: 'Local', isExternallyAccessible: false, hasLoadBalancerIP: false },
      ['internal'],
    ],
    ['source ranges', { sourceRanges: ranges }, ['internal', 'load-balancer']],
    ['source ranges that admit nobody', { sourceRanges: [] }, ['internal', 'load-balancer']],
    [
      'source ranges without a load-balancer IP',
      { sourceRanges: ranges, hasLoadBalancerIP: false },
      ['internal'],
    ],
  ]
  for (const [name, changes, names] of rows) {
    const entries = entriesOf({ ...policies, ...changes })
    t.same(
      entries.map((entry) => entry.name),
      names,
      name,
    )
  }
})

t.test('the key of an entry says its name and its ServicePort', async (t) => {
  for (const name of ['internal', 'external', 'load-balancer'] as const) {
    t.equal(entryNameOf(entryKey('shop/external:web/TCP/IPv4', name)), name)
    const key = entryKey('shop/external:web/TCP/IPv4', name)
    t.equal(servicePortKeyOf(key), 'shop/external:web/TCP/IPv4')
  }
})

t.test('every way is in one entry, and has its own policy and ranges there', async () => {
  const policy = fc.constantFrom('Cluster' as const, 'Local' as const)
  const anyPolicies = fc
    .record({
      internalTrafficPolicy: policy,
      externalTrafficPolicy: policy,
      sourceRanges: fc.constantFrom(undefined, [], ranges),
      isExternallyAccessible: fc.boolean(),
      hasLoadBalancerIP: fc.boolean(),
    })
    .filter(
      ({ hasLoadBalancerIP, isExternallyAccessible }) =>
        !hasLoadBalancerIP || isExternallyAccessible,
    )
  fc.assert(
    fc.property(anyPolicies, (given) => {
      const entries = entriesOf(given)
      assert.equal(entries[0].name, 'internal')
      assert.deepEqual(entries.flatMap(({ ways }) => ways).sort(), [
        'cluster-ip',
        'external-ip',
        'load-balancer-ip',
        'node-port',
      ])
      for (const { ways, trafficPolicy, sourceRanges } of entries) {
        const isInternal = ways.includes('cluster-ip')
        if (isInternal || given.isExternallyAccessible) {
          const { internalTrafficPolicy, externalTrafficPolicy } = given
          assert.equal(trafficPolicy, isInternal ? internalTrafficPolicy : externalTrafficPolicy)
        }
        const isRestricted = given.hasLoadBalancerIP && ways.includes('load-balancer-ip')
        assert.equal(sourceRanges, isRestricted ? given.sourceRanges : undefined)
      }
    }),
  )
})
