import t from 'tap'
import { KubernetesHealth } from '../../../lib/source/kubernetes-health.ts'
import type { SourceStatus } from '../../../lib/source/service-source.ts'
import { StatusError } from '../../../lib/source/status-error.ts'

const services = { label: 'Services', name: 'services' }
const slices = { label: 'EndpointSlices', name: 'endpointslices.discovery.k8s.io' }
const refused = new Error('connect ECONNREFUSED 10.0.0.1:6443')
const forbidden = new StatusError({ status: 403, body: { reason: 'Forbidden', message: 'no' } })
const unauthorized = new StatusError({ status: 401 })

function healthOf(): {
  health: KubernetesHealth
  take: () => SourceStatus[]
  pass: (ms: number) => void
} {
  const told: SourceStatus[] = []
  let now = 0
  const health = new KubernetesHealth({
    tell: (status) => told.push(status),
    server: 'https://10.0.0.1:6443',
    now: () => now,
  })
  return { health, take: () => told.splice(0), pass: (ms) => (now += ms) }
}

t.test('it is live when all that it expects works, and says so once', async (t) => {
  const { health, take } = healthOf()
  health.accepted(services)
  health.expect([services, slices])
  health.accepted(services)
  t.strictSame(take(), [])
  health.accepted(slices)
  health.accepted(slices)
  health.recovered(services)
  const detail = 'watching Services, EndpointSlices of https://10.0.0.1:6443'
  t.strictSame(take(), [{ isLive: true, detail }])
})

t.test('a failure is told once, with its time and what it means', async (t) => {
  const { health, take, pass } = healthOf()
  health.expect([services, slices])
  health.failed(services, 'listed', refused)
  const since = '1970-01-01T00:00:00.000Z'
  const cannot = `Services cannot be listed since ${since}: connect ECONNREFUSED 10.0.0.1:6443`
  t.strictSame(take(), [{ isLive: false, detail: `${cannot}; nothing is served before` }])
  pass(1000)
  health.failed(services, 'listed', refused)
  health.failed(slices, 'listed', refused)
  t.strictSame(take(), [])
  health.accepted(services)
  health.accepted(slices)
  t.strictSame(take(), [], 'a watch that was only accepted may fail at once')
  health.recovered(services)
  t.strictSame(take(), [], 'the other one still fails')
  health.started()
  health.recovered(slices)
  t.match(take(), [{ isLive: true }])
  health.failed(slices, 'watched', new Error('read ECONNRESET'))
  t.strictSame(take(), [
    {
      isLive: false,
      detail:
        'EndpointSlices cannot be watched since 1970-01-01T00:00:01.000Z: read ECONNRESET; what was known is still served',
    },
  ])
})

t.test(
  'rights that are missing are told even while other things fail, once for each',
  async (t) => {
    const { health, take } = healthOf()
    health.expect([services, slices])
    health.failed(services, 'listed', refused)
    take()
    for (let i = 0; i < 2; i++) {
      health.failed(services, 'listed', forbidden)
      health.failed(slices, 'watched', forbidden)
    }
    const since =
      'since 1970-01-01T00:00:00.000Z: 403 Forbidden: no; a role that may list and watch'
    const first = `Services cannot be listed ${since} services would be right`
    const second = `EndpointSlices cannot be watched ${since} endpointslices.discovery.k8s.io would be right`
    t.strictSame(take(), [
      { isLive: false, detail: `${first}; nothing is served before` },
      { isLive: false, detail: `${first}; ${second}; nothing is served before` },
    ])
    health.failed(services, 'listed', new StatusError({ status: 500 }))
    t.strictSame(take(), [])
    health.failed(services, 'listed', unauthorized)
    t.match(take(), [
      { detail: /401 Unauthorized; credentials that this server accepts would be right; Endp/ },
    ])
  },
)

t.test('an error without a message is told by its parts', async (t) => {
  const table: readonly [unknown, string][] = [
    [new AggregateError([new Error('a'), new Error('b'), new Error('a')]), ': a, b;'],
    ['text', ': text;'],
    [Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), ': aborted (ECONNRESET);'],
    [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), ': read ECONNRESET;'],
    [new Error('red \u001b[31m'), ': red \\u{1b}[31m;'],
  ]
  for (const [error, text] of table) {
    const { health, take } = healthOf()
    health.failed(services, 'read', error)
    t.match(take(), [{ detail: text }])
  }
})
