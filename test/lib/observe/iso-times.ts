import fc from 'fast-check'
import t from 'tap'
import { isoTimes } from '../../../lib/observe/iso-times.ts'

/** Of a Date, in ms. */
const last = 8.64e15

t.test('each time is what toISOString says, whatever came before it', async () => {
  const near = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_003_000 })
  const any = fc.oneof(
    near,
    fc.maxSafeInteger().map((n) => n % (last + 1)),
  )
  fc.assert(
    fc.property(fc.array(any, { minLength: 1 }), (times) => {
      const isoTime = isoTimes()
      return times.every((ms) => isoTime(ms).toString() === new Date(ms).toISOString())
    }),
    { examples: [[[-last, last, -1, 0, 999, 1000]]] },
  )
})

t.test('what stands around it comes each time', async (t) => {
  const isoTime = isoTimes({ before: 'at ', after: ', done' })
  for (const ms of [0, 999, 1000]) {
    t.equal(isoTime(ms).toString(), `at ${new Date(ms).toISOString()}, done`)
  }
})

t.test('what is no time is refused', async (t) => {
  t.throws(() => isoTimes()(Number.NaN), RangeError)
})
