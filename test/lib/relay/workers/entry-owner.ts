import t from 'tap'
import { entryOwner } from '../../../../lib/relay/workers/entry-owner.ts'
import { proxySocketSpec } from '../../../fixtures/data-plane.ts'

const clientIP = { type: 'ClientIP', timeoutSeconds: 1 } as const

t.test('what needs one memory has one owner, all else has none', async (t) => {
  t.equal(entryOwner(proxySocketSpec('web'), 3), undefined)
  t.type(entryOwner(proxySocketSpec('web', { sessionAffinity: clientIP }), 3), 'number')
  t.type(entryOwner(proxySocketSpec('web', { protocol: 'UDP' }), 3), 'number')
})

t.test('the same key has the same owner, whatever else changes', async (t) => {
  const spec = proxySocketSpec('web', { sessionAffinity: clientIP })
  t.equal(entryOwner({ ...spec, endpoints: [], listen: [] }, 64), entryOwner(spec, 64))
})

for (const workers of [2, 3, 4, 8, 64]) {
  t.test(`${workers} threads own equally many of names that are alike`, async (t) => {
    const all = 1000 * workers
    const owned = Array.from({ length: workers }, () => 0)
    for (let i = 0; i < all; i++) {
      const spec = proxySocketSpec(`shop/web-${i}:http/UDP/IPv4`, { protocol: 'UDP' })
      ;(owned[entryOwner(spec, workers) as number] as number)++
    }
    for (const count of owned) t.ok(Math.abs(count - 1000) < 200, `${count} of ${all}`)
  })
}
