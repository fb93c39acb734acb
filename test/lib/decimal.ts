import fc from 'fast-check'
import t from 'tap'
import { decimal } from '../../lib/decimal.ts'

t.test('it is what String makes of a whole number', async () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.nat(100_000), fc.maxSafeNat()),
      (value) => decimal(value) === String(value),
    ),
    { examples: [[0], [999], [1000], [1001], [999_999], [1_000_000], [Number.MAX_SAFE_INTEGER]] },
  )
})

t.test('what should not have been asked for is to be seen', async (t) => {
  t.same([-1, Number.NaN].map(decimal), ['-1', 'NaN'])
})
