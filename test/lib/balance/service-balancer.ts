import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { LoadBalancer } from '../../../lib/balance/load-balancer.ts'
import { RoundRobin } from '../../../lib/balance/round-robin.ts'
import {
  ServiceBalancer,
  type ServiceBalancerOptions,
} from '../../../lib/balance/service-balancer.ts'
import type { EndpointAddress } from '../../../lib/model/endpoint.ts'
import type { SessionAffinity } from '../../../lib/model/objects.ts'
import { addressesOf } from '../../fixtures/model-objects.ts'

const none: SessionAffinity = { type: 'None' }
const forMinutes = (minutes: number): SessionAffinity => ({
  type: 'ClientIP',
  timeoutSeconds: minutes * 60,
})

/** A balancer over endpoints of one-letter names, with a clock to set. */
class Bench {
  nowMs = 0
  readonly balancer: ServiceBalancer

  constructor(names: string, options: Partial<ServiceBalancerOptions> = {}) {
    this.balancer = new ServiceBalancer({
      loadBalancer: new RoundRobin(),
      affinity: none,
      now: () => this.nowMs,
      ...options,
    })
    this.balancer.setEndpoints(addressesOf(...names.split('')))
  }

  /** A dial that is not over yet. */
  dial(client = 'client', tried = ''): string | undefined {
    return this.balancer.pick(client, addressesOf(...tried.split('')))?.key
  }

  /** Connections that are reached at once, one after the other: where they went. */
  connect(count: number, client = 'client'): string {
    return Array.from({ length: count }, () => {
      const endpoint = this.balancer.pick(client, []) as EndpointAddress
      this.balancer.reached(client, endpoint)
      return endpoint.key
    }).join('')
  }

  reached(name: string, client = 'client'): void {
    this.balancer.reached(client, this.#endpoint(name))
  }

  failed(name: string): void {
    this.balancer.failed(this.#endpoint(name))
  }

  released(name: string): void {
    this.balancer.released(this.#endpoint(name))
  }

  #endpoint(name: string): EndpointAddress {
    return addressesOf(name)[0] as EndpointAddress
  }
}

t.test('without affinity each connection goes to the next endpoint', async (t) => {
  const bench = new Bench('abc')
  t.equal(bench.connect(7), 'abcabca')
})

t.test('it gives out the very objects it was given', async (t) => {
  const endpoints = addressesOf('a', 'b')
  const bench = new Bench('')
  bench.balancer.setEndpoints(endpoints)
  t.equal(bench.balancer.endpoints, endpoints)
  t.equal(bench.balancer.pick('client', []), endpoints[0])
  t.ok(bench.balancer.has('a'))
  t.notOk(bench.balancer.has('c'))
})

t.test('there is nothing to pick where there is nothing, or all was tried', async (t) => {
  const bench = new Bench('')
  t.equal(bench.dial(), undefined)
  bench.balancer.setEndpoints(addressesOf('a', 'b'))
  t.equal(bench.dial('client', 'ab'), undefined)
})

t.test('what a connection has tried it is not given again', async (t) => {
  const bench = new Bench('abc')
  t.equal(bench.dial('client', 'a'), 'b')
  t.equal(bench.dial('client', 'ab'), 'c')
  t.equal(bench.dial('client', 'bc'), 'a')
})

t.test(
  'the common case asks the scheduler once, with the array of setEndpoints itself',
  async (t) => {
    const asked: (readonly EndpointAddress[])[] = []
    const loadBalancer: LoadBalancer = {
      pick: (endpoints) => {
        asked.push(endpoints)
        return endpoints[0] as EndpointAddress
      },
    }
    for (const affinity of [none, forMinutes(1)]) {
      const bench = new Bench('abc', { loadBalancer, affinity })
      bench.connect(1)
      t.equal(asked.length, 1)
      t.equal(asked.pop(), bench.balancer.endpoints)
    }
  },
)

t.test('the scheduler hears the address of the client', async (t) => {
  const clients: string[] = []
  const loadBalancer: LoadBalancer = {
    pick: (endpoints, client) => {
      clients.push(client)
      return endpoints[0] as EndpointAddress
    },
  }
  const bench = new Bench('ab', { loadBalancer })
  bench.dial('10.1.1.1')
  bench.dial('10.1.1.2', 'a')
  t.same(clients, ['10.1.1.1', '10.1.1.2'])
})

t.test('a scheduler that answers nonsense costs no connection', async (t) => {
  const [stranger] = addressesOf('z')
  const nonsense: readonly unknown[] = [stranger, undefined, null, {}, 'a']
  for (const answer of nonsense) {
    const bench = new Bench('abc', { loadBalancer: { pick: () => answer as EndpointAddress } })
    t.equal(bench.dial(), 'a')
    t.equal(bench.dial('client', 'a'), 'b')
  }
  const [tried] = addressesOf('a')
  const stubborn = new Bench('abc', { loadBalancer: { pick: () => tried as EndpointAddress } })
  t.equal(stubborn.dial('client', 'a'), 'b', 'one that was tried is none that was asked about')
  stubborn.failed('a')
  t.equal(stubborn.dial(), 'b', 'nor is one that is deferred')
})

t.test('an equal copy of an endpoint is as good an answer as the endpoint', async (t) => {
  const pick: LoadBalancer['pick'] = (endpoints) =>
    structuredClone(endpoints.at(-1) as EndpointAddress)
  const bench = new Bench('abc', { loadBalancer: { pick } })
  t.equal(bench.balancer.pick('client', []), bench.balancer.endpoints[2])
  t.equal(bench.balancer.pick('client', addressesOf('c')), bench.balancer.endpoints[1])
})

// Affinity

t.test('a client stays with its endpoint for the timeout after its last connection', async (t) => {
  const bench = new Bench('abc', { affinity: forMinutes(10) })
  t.equal(bench.connect(3, 'one'), 'aaa')
  t.equal(bench.connect(3, 'two'), 'bbb')
  bench.nowMs += 599_999
  t.equal(bench.connect(1, 'one'), 'a')
  bench.nowMs += 599_999
  t.equal(bench.connect(1, 'one'), 'a', 'a sliding window')
  t.equal(bench.connect(1, 'two'), 'c', 'which this client let pass')
})

t.test('connections that a new client opens at once go to one endpoint', async (t) => {
  const bench = new Bench('abc', { affinity: forMinutes(10) })
  t.same([bench.dial(), bench.dial(), bench.dial()], ['a', 'a', 'a'])
  bench.failed('a')
  t.same([bench.dial('client', 'a'), bench.dial('client', 'a')], ['b', 'b'], 'also to the next one')
})

t.test('a failed dial moves the client to the endpoint it reaches instead', async (t) => {
  const bench = new Bench('abc', { affinity: forMinutes(10) })
  t.equal(bench.connect(1), 'a')
  t.equal(bench.dial(), 'a')
  bench.failed('a')
  t.equal(bench.dial('client', 'a'), 'b')
  bench.reached('b')
  bench.nowMs += 5000
  t.equal(bench.connect(3), 'bbb', 'and it stays there once the other is back')
})

t.test(
  'a client whose endpoint is deferred goes elsewhere, the one whose turn it is tries it',
  async (t) => {
    const bench = new Bench('ab', { affinity: forMinutes(10) })
    t.equal(bench.connect(1, 'one'), 'a')
    t.equal(bench.connect(1, 'two'), 'b')
    t.equal(bench.connect(1, 'three'), 'a')
    bench.failed('a')
    t.equal(bench.connect(1, 'one'), 'b')
    bench.nowMs += 1000
    t.equal(bench.dial('three'), 'a', 'pinned, and the interval is over')
    bench.reached('a', 'three')
    t.equal(bench.connect(1, 'three'), 'a')
  },
)

t.test('a suspect keeps the clients that are pinned to it: it may just be far away', async (t) => {
  const bench = new Bench('ab', { affinity: forMinutes(10) })
  t.equal(bench.connect(1, 'one'), 'a')
  t.equal(bench.dial('one'), 'a')
  bench.nowMs += 80
  t.equal(bench.dial('one'), 'a')
  t.equal(bench.dial('new'), 'b')
  t.equal(bench.dial('newer'), 'b')
})

t.test('a pin is kept where all endpoints are deferred', async (t) => {
  const bench = new Bench('ab', { affinity: forMinutes(10) })
  t.equal(bench.connect(1), 'a')
  bench.failed('a')
  bench.failed('b')
  t.same([bench.dial(), bench.dial()], ['a', 'a'])
})

t.test('the policy outlives the endpoints (kubernetes#25314), pins do not', async (t) => {
  const bench = new Bench('ab', { affinity: forMinutes(10) })
  t.equal(bench.connect(1, 'one'), 'a')
  t.equal(bench.connect(1, 'two'), 'b')
  bench.balancer.setEndpoints(addressesOf('b', 'c'))
  t.equal(bench.connect(1, 'two'), 'b', 'its endpoint stayed')
  bench.balancer.setEndpoints([])
  t.equal(bench.dial('two'), undefined)
  bench.balancer.setEndpoints(addressesOf('a', 'b', 'c'))
  t.equal(bench.connect(2, 'one'), 'cc', 'the cursor goes on from b')
  t.equal(bench.connect(2, 'two'), 'aa')
})

t.test('a new timeout counts at once, None forgets, and ClientIP begins anew', async (t) => {
  const bench = new Bench('abc', { affinity: forMinutes(1) })
  t.equal(bench.connect(1), 'a')
  bench.balancer.setAffinity(forMinutes(10))
  bench.nowMs += 599_999
  t.equal(bench.connect(1), 'a')
  bench.balancer.setAffinity(forMinutes(1))
  bench.nowMs += 60_000
  t.equal(bench.connect(2), 'bb')
  bench.balancer.setAffinity(none)
  t.equal(bench.connect(3), 'cab')
  bench.balancer.setAffinity(forMinutes(1))
  t.equal(bench.connect(2), 'cc')
})

t.test('only so many clients are pinned', async (t) => {
  const bench = new Bench('abc', { affinity: forMinutes(1), maxAffinityClients: 1 })
  t.equal(bench.connect(2, 'one'), 'aa')
  t.equal(bench.connect(2, 'two'), 'bb')
  t.equal(bench.connect(2, 'one'), 'cc')
})

// Deferral

t.test(
  'an endpoint that failed comes after all others, until one connection has reached it',
  async (t) => {
    const bench = new Bench('abc')
    t.notOk(bench.balancer.isDoubted('b'))
    t.equal(bench.connect(1), 'a')
    t.equal(bench.dial(), 'b')
    bench.failed('b')
    t.ok(bench.balancer.isDoubted('b'))
    t.equal(bench.connect(6), 'cacaca')
    t.equal(bench.dial('client', 'ac'), 'b', 'better than nothing')
    bench.released('b')
    t.equal(bench.connect(2), 'ca')

    bench.nowMs += 1000
    t.equal(bench.dial(), 'b', 'its turn came: this connection tries it')
    t.equal(bench.connect(4), 'caca', 'and no other while it does')
    bench.failed('b')
    bench.nowMs += 1999
    t.equal(bench.connect(4), 'caca')
    bench.nowMs += 1
    t.equal(bench.connect(4), 'bcab', 'the second try reaches it')
    t.notOk(bench.balancer.isDoubted('b'))
  },
)

t.test('a try that ends without blame is followed by another', async (t) => {
  const bench = new Bench('ab')
  t.equal(bench.dial(), 'a')
  bench.failed('a')
  bench.nowMs += 1000
  t.equal(bench.connect(1), 'b')
  t.equal(bench.dial(), 'a')
  t.equal(bench.connect(2), 'bb')
  bench.released('a')
  t.equal(bench.dial(), 'a')
})

t.test('where all are deferred none is', async (t) => {
  const bench = new Bench('abc')
  for (const name of 'abc') bench.failed(name)
  t.same([bench.dial(), bench.dial(), bench.dial(), bench.dial()], ['a', 'b', 'c', 'a'])
  const single = new Bench('a')
  single.failed('a')
  t.equal(single.dial(), 'a')
})

t.test(
  'an endpoint that does not answer is left alone after 50 ms, before its dials time out',
  async (t) => {
    const bench = new Bench('abc')
    t.equal(bench.dial(), 'a')
    t.equal(bench.connect(3), 'bca')
    bench.nowMs += 50
    t.equal(bench.connect(2), 'bc')
    t.equal(bench.dial(), 'a')
    bench.nowMs += 51
    t.equal(bench.connect(4), 'bcbc')
    bench.released('a')
    t.equal(bench.connect(4), 'bcbc', 'one dial is pending still')
    bench.released('a')
    t.equal(bench.connect(3), 'abc')
  },
)

t.test('closed-loop clients do not all end up with the one endpoint that is dead', async (t) => {
  // 32 clients, 1 ms for each connection, a dial times out after 250 ms. Endpoint a is dead.
  const run = (suspectAfterMs: number): number => {
    const bench = new Bench('abcdefghijklmnopqrstuvwxyz', { suspectAfterMs })
    let stuck = 0
    for (; bench.nowMs < 250; bench.nowMs++) {
      const idle = 32 - stuck
      const dials = Array.from({ length: idle }, (_, client) => bench.dial(`${client}`) as string)
      for (const name of dials) {
        if (name === 'a') stuck++
        else bench.reached(name)
      }
    }
    return stuck
  }
  t.equal(run(1e6), 32, 'without suspicion they do')
  t.ok(run(50) <= 8)
})

t.test(
  'what is known of an endpoint survives a change of the others, not its own absence',
  async (t) => {
    const bench = new Bench('ab')
    bench.failed('a')
    bench.balancer.setEndpoints(addressesOf('a', 'b', 'c'))
    t.equal(bench.connect(4), 'bcbc')
    bench.balancer.setEndpoints(addressesOf('b', 'c'))
    t.notOk(bench.balancer.isDoubted('a'))
    bench.balancer.setEndpoints(addressesOf('a', 'b', 'c'))
    t.equal(bench.connect(3), 'abc')
  },
)

t.test('the end of a dial to an endpoint that left is of no consequence', async (t) => {
  const bench = new Bench('ab', { affinity: forMinutes(1) })
  t.same([bench.dial('one'), bench.dial('two'), bench.dial('three')], ['a', 'b', 'a'])
  bench.balancer.setEndpoints(addressesOf('b', 'c'))
  bench.reached('a', 'one')
  bench.failed('a')
  bench.released('a')
  t.equal(bench.connect(1, 'one'), 'b', 'its cursor was at a')
})

// The model: DESIGN's sentences over plain lists, without any of the shortcuts.

interface Dial {
  readonly client: string
  readonly key: string
  readonly tried: readonly string[]
}

interface Knowledge {
  pending: number
  signOfLifeMs: number
  intervalMs: number
  dueMs: number
}

class Model {
  nowMs = 0
  timeoutMs: number | undefined
  endpoints: readonly string[] = []
  last = ''
  dials: Dial[] = []
  /** Oldest first. */
  pins: { client: string; key: string; setMs: number }[] = []
  readonly known = new Map<string, Knowledge>()

  of(key: string): Knowledge {
    const fresh = { pending: 0, signOfLifeMs: 0, intervalMs: 0, dueMs: 0 }
    const known = this.known.get(key) ?? fresh
    this.known.set(key, known)
    return known
  }

  isDeferred(key: string): boolean {
    const { intervalMs, dueMs, pending } = this.of(key)
    const hasFailed = intervalMs > 0
    const isTimeForATry = this.nowMs >= dueMs && pending === 0
    return hasFailed && !isTimeForATry
  }

  isSuspect(key: string): boolean {
    const { pending, signOfLifeMs } = this.of(key)
    return pending > 0 && this.nowMs - signOfLifeMs > 50 / pending
  }

  isAlive = ({ setMs }: { setMs: number }): boolean => this.nowMs < setMs + (this.timeoutMs ?? 0)

  pick(client: string, tried: readonly string[]): string | undefined {
    const left = this.endpoints.filter((key) => !tried.includes(key))
    const good = left.filter((key) => !this.isDeferred(key) && !this.isSuspect(key))
    const pin = this.pins.find((pin) => pin.client === client)
    if (pin && !this.isAlive(pin)) this.pins = this.pins.filter((other) => other !== pin)
    const pinned = pin && this.isAlive(pin) && left.includes(pin.key) ? pin.key : undefined

    let key: string | undefined
    if (pinned !== undefined && !this.isDeferred(pinned)) key = pinned
    else if (good.length > 0) key = this.next(good)
    else key = pinned ?? this.next(left)

    if (key === undefined) return undefined
    const known = this.of(key)
    if (known.pending === 0) known.signOfLifeMs = this.nowMs
    known.pending++
    if (!pin || !this.isAlive(pin) || pin.key !== key) this.pin(client, key)
    this.dials.push({ client, key, tried })
    return key
  }

  next(keys: readonly string[]): string | undefined {
    const key = keys.find((key) => key > this.last) ?? keys[0]
    this.last = key ?? this.last
    return key
  }

  pin(client: string, key: string): void {
    if (this.timeoutMs === undefined) return
    this.pins = this.pins.filter((pin) => pin.client !== client && this.isAlive(pin))
    this.pins = [...this.pins, { client, key, setMs: this.nowMs }].slice(-mostPins)
  }

  end(dial: Dial): void {
    this.dials = this.dials.filter((other) => other !== dial)
    const known = this.of(dial.key)
    known.pending = Math.max(0, known.pending - 1)
  }
}

const mostPins = 3

type Run = (model: Model, balancer: ServiceBalancer, clock: { nowMs: number }) => void

class Command implements fc.Command<
  Model,
  { balancer: ServiceBalancer; clock: { nowMs: number } }
> {
  readonly name: string
  readonly needsDial: boolean
  readonly does: Run
  constructor(name: string, does: Run, needsDial = false) {
    this.name = name
    this.does = does
    this.needsDial = needsDial
  }
  check(model: Readonly<Model>): boolean {
    return !this.needsDial || model.dials.length > 0
  }
  run(model: Model, real: { balancer: ServiceBalancer; clock: { nowMs: number } }): void {
    this.does(model, real.balancer, real.clock)
    for (const key of 'abcd') {
      const isPresent = model.endpoints.includes(key)
      assert.equal(real.balancer.has(key), isPresent)
      assert.equal(real.balancer.isDoubted(key), isPresent && model.of(key).intervalMs > 0)
    }
  }
  toString(): string {
    return this.name
  }
}

function dialOf(model: Model, at: number): Dial {
  return model.dials[at % model.dials.length] as Dial
}

function pickInBoth(
  model: Model,
  balancer: ServiceBalancer,
  { client, tried }: { client: string; tried: readonly string[] },
): void {
  const picked = balancer.pick(client, addressesOf(...tried))
  assert.equal(picked?.key, model.pick(client, tried))
}

const commands = fc.commands(
  [
    fc.subarray(['a', 'b', 'c', 'd']).map((names) => {
      return new Command(`endpoints(${names.join('')})`, (model, balancer) => {
        balancer.setEndpoints(addressesOf(...names))
        model.endpoints = names
        model.pins = model.pins.filter(({ key }) => names.includes(key))
        for (const key of model.known.keys()) if (!names.includes(key)) model.known.delete(key)
      })
    }),
    fc.constantFrom(undefined, 60, 600).map((timeoutSeconds) => {
      return new Command(`affinity(${timeoutSeconds})`, (model, balancer) => {
        balancer.setAffinity(
          timeoutSeconds === undefined ? none : { type: 'ClientIP', timeoutSeconds },
        )
        model.timeoutMs = timeoutSeconds && timeoutSeconds * 1000
        if (timeoutSeconds === undefined) model.pins = []
      })
    }),
    fc.constantFrom(1, 20, 49, 51, 250, 1000, 2000, 30_000, 60_000).map((ms) => {
      return new Command(`wait(${ms})`, (model, _balancer, clock) => {
        clock.nowMs = model.nowMs += ms
      })
    }),
    ...[1, 2, 3].map(() =>
      fc.constantFrom('1', '2', '3', '4', '5').map((client) => {
        return new Command(`pick(${client})`, (model, balancer) => {
          pickInBoth(model, balancer, { client, tried: [] })
        })
      }),
    ),
    fc.nat(20).map((at) => {
      const does: Run = (model, balancer) => {
        const dial = dialOf(model, at)
        balancer.reached(dial.client, addressesOf(dial.key)[0] as EndpointAddress)
        model.end(dial)
        if (!model.endpoints.includes(dial.key)) return
        Object.assign(model.of(dial.key), { signOfLifeMs: model.nowMs, intervalMs: 0, dueMs: 0 })
        model.pin(dial.client, dial.key)
      }
      return new Command(`reached(${at})`, does, true)
    }),
    fc.nat(20).map((at) => {
      const does: Run = (model, balancer) => {
        const dial = dialOf(model, at)
        balancer.failed(addressesOf(dial.key)[0] as EndpointAddress)
        model.end(dial)
        const known = model.of(dial.key)
        if (model.endpoints.includes(dial.key) && model.nowMs >= known.dueMs) {
          known.intervalMs = known.intervalMs === 0 ? 1000 : Math.min(known.intervalMs * 2, 30_000)
          known.dueMs = model.nowMs + known.intervalMs
        }
        const tried = [...dial.tried, dial.key]
        pickInBoth(model, balancer, { client: dial.client, tried })
      }
      return new Command(`failed(${at})`, does, true)
    }),
    fc.nat(20).map((at) => {
      const does: Run = (model, balancer) => {
        const dial = dialOf(model, at)
        balancer.released(addressesOf(dial.key)[0] as EndpointAddress)
        model.end(dial)
      }
      return new Command(`released(${at})`, does, true)
    }),
  ],
  { maxCommands: 80, size: 'max' },
)

t.test('whatever happens, it chooses as a plain model does', async () => {
  fc.assert(
    fc.property(commands, (commands) => {
      fc.modelRun(() => {
        const clock = { nowMs: 0 }
        const balancer = new ServiceBalancer({
          loadBalancer: new RoundRobin(),
          affinity: none,
          now: () => clock.nowMs,
          maxAffinityClients: mostPins,
        })
        balancer.setEndpoints(addressesOf('a', 'b', 'c'))
        const model = new Model()
        model.endpoints = ['a', 'b', 'c']
        return { model, real: { balancer, clock } }
      }, commands)
    }),
    { numRuns: 2000 },
  )
})

t.test('pins go from one balancer to the next, with their age', async (t) => {
  const before = new Bench('abc', { affinity: forMinutes(1) })
  before.connect(2, 'first')
  before.nowMs = 30_000
  before.connect(1, 'second')
  before.nowMs = 40_000
  const after = new Bench('bd', { affinity: forMinutes(1) })
  after.nowMs = 5
  after.balancer.restorePins(before.balancer.pins())
  t.same(after.balancer.pins(), [['second', 'b', 10_000]], 'a is not there')
  after.nowMs = 50_004
  t.equal(after.balancer.pins().length, 1)
  after.nowMs = 50_005
  t.equal(after.balancer.pins().length, 0, 'a minute after it was set')
})

t.test('without affinity there are no pins to give or to take', async (t) => {
  const bench = new Bench('ab')
  bench.balancer.restorePins([['client', 'b', 0]])
  t.same(bench.balancer.pins(), [])
  t.equal(bench.connect(2), 'ab')
})

t.test('the scheduler hears what is open to each endpoint, until it is over', async (t) => {
  const [a, b] = addressesOf('a', 'b') as [EndpointAddress, EndpointAddress]
  let open = ''
  const loadBalancer: LoadBalancer = {
    pick: (endpoints, _, openTo) => {
      assert.equal(openTo({ key: 'z', address: '', port: 1 }), 0)
      open = endpoints.map((endpoint) => `${endpoint.key}${openTo(endpoint)}`).join('')
      return endpoints.at(-1) as EndpointAddress
    },
    peek: (endpoints, client, _, openTo) => loadBalancer.pick(endpoints, client, openTo),
  }
  const { balancer } = new Bench('ab', { loadBalancer })
  const hears = (wanted: string): void => {
    balancer.explain('', () => false)
    t.equal(open, wanted)
  }
  hears('a0b0')
  balancer.pick('client', [])
  balancer.pick('client', [])
  hears('a0b2')
  balancer.reached('client', b)
  hears('a0b2')
  balancer.released(b)
  hears('a0b1')
  balancer.pick('client', [b])
  balancer.reached('client', a)
  hears('a1b1')
  balancer.setEndpoints([a])
  balancer.setEndpoints([a, b])
  hears('a1b1')
  balancer.ended(b)
  balancer.pick('client', [])
  balancer.reached('client', b)
  balancer.pick('client', [])
  balancer.reached('client', b)
  balancer.ended(b)
  hears('a1b1')
  balancer.ended(a)
  hears('a0b1')
})
