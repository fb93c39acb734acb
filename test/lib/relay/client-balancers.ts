import t from 'tap'
import { RoundRobin } from '../../../lib/balance/round-robin.ts'
import { parseOptions } from '../../../lib/options.ts'
import { ClientBalancers } from '../../../lib/relay/client-balancers.ts'
import type { ProxySocketSpec } from '../../../lib/relay/data-plane.ts'
import { OwnListeners } from '../../../lib/relay/own-listeners.ts'
import type { RelayContext } from '../../../lib/relay/relay-context.ts'
import { addressesOf } from '../../fixtures/model-objects.ts'

const context = {
  options: parseOptions(),
  loadBalancer: () => new RoundRobin(),
  now: () => 0,
  ownListeners: new OwnListeners({ localAddresses: () => new Set() }),
} as Partial<RelayContext> as RelayContext

function specOf(changes: Partial<ProxySocketSpec> = {}): ProxySocketSpec {
  return {
    key: 'default/web:http/TCP/IPv4',
    servicePort: 'default/web:http',
    protocol: 'TCP',
    listen: [],
    endpoints: addressesOf('a', 'b'),
    sessionAffinity: { type: 'None' },
    ...changes,
  }
}

function balancersOf(spec: ProxySocketSpec): ClientBalancers {
  const balancers = new ClientBalancers(context, spec)
  balancers.update(spec)
  return balancers
}

/** The endpoint that a client gets next, or why it gets none. */
function pick(balancers: ClientBalancers, client: string): string {
  const balancer = balancers.for(client)
  return balancer === undefined ? 'not admitted' : (balancer.pick(client, [])?.key ?? 'none')
}

t.test('who may come in', async (t) => {
  const rows: readonly [string, readonly string[] | undefined, string, boolean][] = [
    ['no list: anyone', undefined, '192.0.2.1', true],
    ['an empty list: nobody', [], '192.0.2.1', false],
    ['within', ['192.0.2.0/24'], '192.0.2.255', true],
    ['without', ['192.0.2.0/24'], '192.0.3.0', false],
    ['the second of two', ['192.0.2.0/24', '198.51.100.0/24'], '198.51.100.7', true],
    ['all', ['0.0.0.0/0'], '192.0.2.1', true],
    ['the other family is not in "all"', ['0.0.0.0/0'], '2001:db8::1', false],
    ['IPv6 within', ['2001:db8::/32'], '2001:db8::1', true],
    ['IPv6 without', ['2001:db8::/32'], '2001:db9::1', false],
    ['what is no CIDR admits nobody', ['192.0.2.1'], '192.0.2.1', false],
  ]
  for (const [name, sourceRanges, client, isAdmitted] of rows) {
    const balancers = balancersOf(specOf({ sourceRanges }))
    t.equal(balancers.for(client) !== undefined, isAdmitted, name)
  }
})

t.test('a client inside has endpoints of its own', async (t) => {
  const inside = { cidrs: ['10.244.0.0/16', '::1/128'], endpoints: addressesOf('c') }
  const balancers = balancersOf(specOf({ inside }))
  t.equal(pick(balancers, '10.244.1.2'), 'c')
  t.equal(pick(balancers, '::1'), 'c')
  t.equal(pick(balancers, '192.0.2.1'), 'a')
  t.equal(pick(balancers, '192.0.2.1'), 'b')
  const [outside, insider] = [balancers.for('192.0.2.1'), balancers.for('::1')]
  t.ok(outside && balancers.has(outside, 'a') && !balancers.has(outside, 'c'))
  t.ok(insider && balancers.has(insider, 'c') && !balancers.has(insider, 'a'))
})

t.test('inside may be empty, and so may be what all others get', async (t) => {
  const cidrs = ['10.244.0.0/16']
  const none = balancersOf(specOf({ inside: { cidrs, endpoints: [] } }))
  t.equal(pick(none, '10.244.1.2'), 'none')
  const only = balancersOf(
    specOf({ endpoints: [], inside: { cidrs, endpoints: addressesOf('c') } }),
  )
  t.equal(pick(only, '192.0.2.1'), 'none')
  t.equal(pick(only, '10.244.1.2'), 'c')
})

t.test('a client inside has to be within the source ranges too', async (t) => {
  const inside = { cidrs: ['10.244.0.0/16'], endpoints: addressesOf('c') }
  const balancers = balancersOf(specOf({ inside, sourceRanges: ['10.244.1.0/24'] }))
  t.equal(pick(balancers, '10.244.1.2'), 'c')
  t.equal(pick(balancers, '10.244.2.2'), 'not admitted')
})

t.test('an update keeps the cursors, and changes what it says', async (t) => {
  const cidrs = ['10.244.0.0/16']
  const inside = { cidrs, endpoints: addressesOf('c', 'd') }
  const balancers = balancersOf(specOf({ inside, sourceRanges: ['0.0.0.0/0'] }))
  t.equal(pick(balancers, '10.244.1.2'), 'c')
  t.equal(pick(balancers, '192.0.2.1'), 'a')
  balancers.update(specOf({ inside, sourceRanges: ['0.0.0.0/0'] }))
  t.equal(pick(balancers, '10.244.1.2'), 'd')
  t.equal(pick(balancers, '192.0.2.1'), 'b')

  balancers.update(specOf({ inside: { ...inside, cidrs: ['192.0.2.0/24'] } }))
  t.equal(pick(balancers, '10.244.1.2'), 'a', 'it is inside no more')
  t.equal(pick(balancers, '192.0.2.1'), 'c', 'it is inside now, and the cursor goes on')

  const insider = balancers.for('192.0.2.1')
  balancers.update(specOf({ sourceRanges: ['10.0.0.0/8'] }))
  t.equal(pick(balancers, '192.0.2.1'), 'not admitted')
  t.ok(insider && balancers.has(insider, 'a') && !balancers.has(insider, 'c'), 'a took its place')
  balancers.update(specOf({ sourceRanges: ['192.0.0.0/8'] }))
  t.equal(pick(balancers, '192.0.2.1'), 'b')
  t.equal(pick(balancers, '10.244.1.2'), 'not admitted')
})

t.test('affinity holds for both, each among its own endpoints', async (t) => {
  const sessionAffinity = { type: 'ClientIP', timeoutSeconds: 60 } as const
  const inside = { cidrs: ['10.244.0.0/16'], endpoints: addressesOf('c', 'd') }
  const spec = specOf({ sessionAffinity, inside })
  const balancers = balancersOf(spec)
  for (const client of ['10.244.1.2', '192.0.2.1']) {
    const first = pick(balancers, client)
    t.same(
      [1, 2, 3].map(() => pick(balancers, client)),
      [first, first, first],
    )
  }
  balancers.update({ ...spec, sessionAffinity: { type: 'None' } })
  for (const client of ['10.244.1.2', '192.0.2.1']) {
    t.not(pick(balancers, client), pick(balancers, client), 'the policy went, in both')
  }
})

t.test('it explains what a client has to expect, and that takes no turn', async (t) => {
  const inside = { cidrs: ['10.244.0.0/16'], endpoints: addressesOf('c') }
  const balancers = balancersOf(specOf({ inside, sourceRanges: ['10.0.0.0/8', '192.0.2.0/24'] }))
  const explained = (client: string) => {
    const { isAdmitted, isInside, endpoints, next } = balancers.explain(client)
    const keys = endpoints.map(({ key }) => key).join('')
    return [isAdmitted, isInside, keys, next.endpoint, next.why]
  }
  for (let i = 0; i < 2; i++) {
    t.same(explained('192.0.2.1'), [true, false, 'ab', 'a', 'turn'])
    t.same(explained('10.244.1.2'), [true, true, 'c', 'c', 'turn'])
    t.same(explained('198.51.100.1'), [false, false, 'ab', null, 'source-range'])
    t.same(explained(''), [null, false, 'ab', 'a', 'turn'], 'no client in particular')
  }
  t.equal(pick(balancers, '192.0.2.1'), 'a')
  t.same(explained('192.0.2.1'), [true, false, 'ab', 'b', 'turn'])
  const open = balancersOf(specOf())
  t.match(open.explain(''), { isAdmitted: true, isInside: false })
})

t.test('pins are those of both balancers, and go back to the right one', async (t) => {
  const sessionAffinity = { type: 'ClientIP', timeoutSeconds: 60 } as const
  const inside = { cidrs: ['10.244.0.0/16'], endpoints: addressesOf('b', 'c') }
  const spec = specOf({ sessionAffinity, inside })
  const before = balancersOf(spec)
  t.same(before.pins(spec.key), [])
  pick(before, '192.0.2.1')
  pick(before, '192.0.2.2')
  pick(before, '10.244.1.2')
  const pins = before.pins(spec.key)
  t.same(
    pins.map(({ key, isInside }) => [key, isInside]),
    [
      [spec.key, false],
      [spec.key, true],
    ],
  )
  const after = balancersOf(spec)
  for (const of of pins) after.restorePins(of)
  t.same(after.pins(spec.key), pins)
  const outsideOnly = balancersOf(specOf({ sessionAffinity }))
  for (const of of pins) outsideOnly.restorePins(of)
  t.same(
    outsideOnly.pins(spec.key).map(({ isInside }) => isInside),
    [false],
  )
})
