import t from 'tap'
import { Queue } from '../../../lib/lab/queue.ts'

t.test('one after the other, and one that fails holds up nobody', async (t) => {
  const queue = new Queue()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = queue.run(async () => {
    await gate.promise
    order.push('first')
    throw new Error('no')
  })
  const second = queue.run(() => order.push('second'))
  t.same(order, [])
  gate.resolve()
  await t.rejects(first, { message: 'no' })
  t.equal(await second, 2)
  t.same(order, ['first', 'second'])
})
