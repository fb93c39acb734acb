/** `explain` of a ServiceBalancer. That it agrees with `pick` in all states is the matter of test/lib/explain-agrees.ts. */
import t from 'tap'
import type { LoadBalancer } from '../../../lib/balance/load-balancer.ts'
import { RoundRobin } from '../../../lib/balance/round-robin.ts'
import { ServiceBalancer } from '../../../lib/balance/service-balancer.ts'
import type { EndpointAddress } from '../../../lib/model/endpoint.ts'
import type { SessionAffinity } from '../../../lib/model/objects.ts'
import { addressesOf } from '../../fixtures/model-objects.ts'

const forMinute: SessionAffinity = { type: 'ClientIP', timeoutSeconds: 60 }
const [a, b] = addressesOf('a', 'b') as [EndpointAddress, EndpointAddress]
const never = (): boolean => false

class Bench {
  nowMs = 0
  readonly balancer: ServiceBalancer

  constructor(
    names: string,
    options: { affinity?: SessionAffinity; scheduler?: LoadBalancer } = {},
  ) {
    this.balancer = new ServiceBalancer({
      loadBalancer: options.scheduler ?? new RoundRobin(),
      affinity: options.affinity ?? { type: 'None' },
      now: () => this.nowMs,
    })
    this.balancer.setEndpoints(addressesOf(...names.split('')))
  }

  /** `a turn`, or `loop` where there is none. */
  next(client = 'client', isLoop: (endpoint: EndpointAddress) => boolean = never): string {
    const { endpoint, why } = this.balancer.explain(client, isLoop).next
    return endpoint === null ? why : `${endpoint} ${why}`
  }

  fail(endpoint: EndpointAddress): void {
    this.balancer.failed(endpoint)
  }
}

t.test('says whose turn it is, and what is known of each', async (t) => {
  const bench = new Bench('ab')
  const good = { standing: 'good', retryMs: 0, pendingDials: 0, silentMs: 0, isLoop: false }
  t.same(bench.balancer.explain('client', never), {
    pin: null,
    endpoints: [
      { key: 'a', ...good },
      { key: 'b', ...good },
    ],
    next: { endpoint: 'a', why: 'turn' },
  })
  t.equal(bench.next(), 'a turn', 'asking takes no turn')
  bench.fail(a)
  t.equal(bench.next(), 'b turn')
  t.match(bench.balancer.explain('client', never).endpoints[0], {
    standing: 'deferred',
    retryMs: 1000,
  })
})

t.test('says where a client is pinned to, and for how long yet', async (t) => {
  const bench = new Bench('ab', { affinity: forMinute })
  bench.balancer.reached('client', b)
  bench.nowMs = 10_000
  t.same(bench.balancer.explain('client', never).pin, { endpointKey: 'b', leftMs: 50_000 })
  t.equal(bench.next(), 'b pinned')
  t.equal(bench.next('another'), 'a turn')
  t.equal(bench.balancer.explain('another', never).pin, null)
  bench.fail(b)
  t.equal(bench.next(), 'a turn', 'a dial that failed breaks the promise')
  bench.fail(a)
  t.equal(bench.next(), 'b pinned', 'no other is better')
})

t.test('says why there is none', async (t) => {
  t.equal(new Bench('').next(), 'no-endpoint')
  t.equal(
    new Bench('ab').next('client', () => true),
    'loop',
  )
  t.equal(
    new Bench('ab').next('client', ({ key }) => key === 'a'),
    'b turn',
  )
  const view = new Bench('ab').balancer.explain('client', ({ key }) => key === 'a')
  t.same(
    view.endpoints.map(({ isLoop }) => isLoop),
    [true, false],
  )
})

t.test('a client that would be pinned to what is passed over loses its pin by that', async (t) => {
  const bench = new Bench('ab', { affinity: forMinute })
  bench.balancer.reached('client', a)
  t.equal(
    bench.next('client', ({ key }) => key === 'a'),
    'b turn',
  )
})

t.test('only a scheduler that can say so is believed, where it has a choice', async (t) => {
  const bench = new Bench('ab', { scheduler: { pick: () => b } })
  t.equal(bench.next(), 'unknown')
  bench.fail(b)
  t.equal(bench.next(), 'a turn', 'the only one that answers')
  bench.fail(a)
  t.equal(bench.next(), 'unknown', 'one of those that do not')
  t.equal(new Bench('a', { scheduler: { pick: () => b } }).next(), 'a turn')
})
