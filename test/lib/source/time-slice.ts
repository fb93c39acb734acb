import t from 'tap'
import { TimeSlice } from '../../../lib/source/time-slice.ts'

t.test('a slice is over after its time, and the next one begins anew', async (t) => {
  const endless = new TimeSlice(1_000_000)
  t.equal(endless.isOver, false)
  const none = new TimeSlice(0)
  t.equal(none.isOver, true)
})

t.test('between two slices everybody else has a turn', async (t) => {
  const slice = new TimeSlice(1_000_000)
  const turns: string[] = []
  setImmediate(() => turns.push('other'))
  await slice.next()
  turns.push('mine')
  t.strictSame(turns, ['other', 'mine'])
  t.equal(slice.isOver, false)
})

t.test('work whose signal is aborted ends between two slices', async (t) => {
  const abort = new AbortController()
  const slice = new TimeSlice(0, abort.signal)
  await slice.next()
  abort.abort(new Error('enough'))
  await t.rejects(slice.next(), { message: 'enough' })
})
