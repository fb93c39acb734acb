import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import type { Leg } from '../../../lib/relay/leg.ts'
import { Turns } from '../../../lib/relay/turns.ts'

t.test('legs read on in the order in which they have stopped, one in each turn', async (t) => {
  const resumed: string[] = []
  const leg = (name: string): Leg => ({ resume: () => void resumed.push(name) }) as unknown as Leg
  const turns = new Turns()
  const [a, b] = [leg('a'), leg('b')]
  turns.wait(a)
  turns.wait(b)
  turns.wait(a)
  t.same(resumed, [])
  for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'a'], ['a', 'b', 'a']]) {
    await nextTurn()
    t.same(resumed, expected)
  }
  turns.wait(b)
  await nextTurn()
  t.same(resumed, ['a', 'b', 'a', 'b'], 'also after it had nobody to wait for')
})
