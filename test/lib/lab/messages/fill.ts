import t from 'tap'
import { fill } from '../../../../lib/lab/messages/fill.ts'

t.test('every place gets its value, however often it stands there', (t) => {
  t.equal(fill('{count} of {all}: {count}', { count: 3, all: 'ten' }), '3 of ten: 3')
  t.equal(fill('as it is'), 'as it is')
  t.throws(() => fill('{count}', { cuont: 3 }), { message: '{count}: nothing is known of {count}' })
  t.end()
})
