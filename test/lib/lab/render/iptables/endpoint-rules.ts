import fc from 'fast-check'
import t from 'tap'
import {
  probability,
  savedProbability,
} from '../../../../../lib/lab/render/iptables/endpoint-rules.ts'

t.test('writes ten digits, and prints what the kernel makes of them', async (t) => {
  // What iptables-save 1.8 prints for what was written.
  const rows = [
    [1, '1.0000000000', '1.00000000000'],
    [2, '0.5000000000', '0.50000000000'],
    [3, '0.3333333333', '0.33333333349'],
    [4, '0.2500000000', '0.25000000000'],
    [5, '0.2000000000', '0.20000000019'],
    [7, '0.1428571429', '0.14285714272'],
  ] as const
  for (const [n, written, saved] of rows)
    t.same([probability(n), savedProbability(n)], [written, saved])
})

t.test('the dice are fair: each of n endpoints is as likely as any other', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (n) => {
      let left = 1
      for (let i = 0; i < n; i++) {
        const share = left * Number(i < n - 1 ? savedProbability(n - i) : 1)
        left -= share
        if (Math.abs(share - 1 / n) > 1e-6) return false
      }
      return true
    }),
  )
})
