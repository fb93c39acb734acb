import t from 'tap'
import type { EndpointView, NextEndpoint } from '../../../../lib/balance/balancer-view.ts'
import type { ClientView } from '../../../../lib/relay/data-plane.ts'
import { mergedView } from '../../../../lib/relay/workers/merged-view.ts'

function endpoint(key: string, changes: Partial<EndpointView> = {}): EndpointView {
  return {
    key,
    isLoop: false,
    standing: 'good',
    retryMs: 0,
    pendingDials: 0,
    silentMs: 0,
    ...changes,
  }
}

function view(endpoints: readonly EndpointView[], next: NextEndpoint): ClientView {
  return { isAdmitted: true, isInside: false, pin: null, endpoints, next }
}

const turnOf = (endpoint: string): NextEndpoint => ({ endpoint, why: 'turn' })

t.test('one view is as it is', async (t) => {
  const one = view([endpoint('a')], turnOf('a'))
  t.strictSame(mergedView([one]), one)
})

t.test('an endpoint stands as where it stands worst', async (t) => {
  const a = view([endpoint('a', { pendingDials: 1, silentMs: 9 }), endpoint('b')], turnOf('a'))
  const deferred = endpoint('a', { standing: 'deferred', retryMs: 5, pendingDials: 2, silentMs: 3 })
  const b = view([deferred, endpoint('b', { isLoop: true }), endpoint('c')], turnOf('b'))
  const merged = [{ ...deferred, pendingDials: 3, silentMs: 9 }, endpoint('b', { isLoop: true })]
  const unknown: NextEndpoint = { endpoint: null, why: 'unknown' }
  t.strictSame(mergedView([a, b]), view(merged, unknown))
})

t.test(
  'an endpoint that not every thread knows of yet is taken as the others see it',
  async (t) => {
    const a = view([endpoint('a'), endpoint('b')], turnOf('a'))
    t.strictSame(mergedView([a, view([endpoint('a')], turnOf('a'))]), a)
  },
)

t.test('what all threads say of the next one holds', async (t) => {
  for (const next of [turnOf('a'), { endpoint: null, why: 'no-endpoint' }] as const) {
    t.strictSame(mergedView([view([], next), view([], next)]).next, next)
  }
})
