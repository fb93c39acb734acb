import t from 'tap'
import { Gate } from '../../../lib/relay/gate.ts'

t.test('who comes before it opens waits, and enters in order', async (t) => {
  const gate = new Gate({ isOpen: false })
  const entered: number[] = []
  gate.wait(() => void entered.push(1))
  gate.wait(() => void entered.push(2))
  t.same(entered, [])
  gate.open()
  t.equal(gate.isOpen, true)
  t.same(entered, [1, 2])
  gate.wait(() => void entered.push(3))
  gate.open()
  t.same(entered, [1, 2, 3], 'and nobody twice')
})

t.test('10,000 wait at most', async (t) => {
  const gate = new Gate({ isOpen: false })
  let entered = 0
  for (let i = 0; i < 10_001; i++) gate.wait(() => void entered++)
  t.equal(entered, 1)
  gate.open()
  t.equal(entered, 10_001)
})
