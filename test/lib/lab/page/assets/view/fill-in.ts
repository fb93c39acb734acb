import t from 'tap'
import { fillIn } from '../../../../../../lib/lab/page/assets/view/fill-in.ts'

t.test('every place is filled in', async (t) => {
  t.equal(fillIn('{count} of {all}, {count}', { count: 1, all: 'three' }), '1 of three, 1')
  t.equal(fillIn('nothing'), 'nothing')
})

t.test('a place that nothing is known of stays to be seen', async (t) => {
  t.equal(fillIn('{count} of {all}', { all: 3 }), '{count} of 3')
})
