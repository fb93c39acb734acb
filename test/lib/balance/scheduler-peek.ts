import t from 'tap'
import { SchedulerPeek } from '../../../lib/balance/scheduler-peek.ts'
import { addressesOf } from '../../fixtures/model-objects.ts'

const endpoints = addressesOf('a', 'b')
const [a, b] = endpoints
const openTo = (): number => 0
const pick = (): never => t.fail('nobody picks') as never

t.test('says what the scheduler would say, and tells it what it has said', async (t) => {
  const asked: string[] = []
  const peek = new SchedulerPeek({
    pick,
    peek: (endpoints, client, picked) => {
      asked.push(`${client} ${picked.map(({ key }) => key).join('')}`)
      return endpoints.at(-1)
    },
  })
  t.equal(peek.pick(endpoints, 'client', openTo), b)
  t.equal(peek.pick(endpoints.slice(0, 1), 'client', openTo), a, 'the only one')
  t.equal(peek.pick(endpoints, 'client', openTo), b)
  t.same(asked, ['client ', 'client ba'])
  t.notOk(peek.isUnknown)
})

const unknowing = {
  'has no peek': { pick },
  'cannot say': { pick, peek: () => undefined },
  throws: {
    pick,
    peek: () => {
      throw new Error('no')
    },
  },
}

for (const [what, scheduler] of Object.entries(unknowing)) {
  t.test(`a scheduler that ${what} is guessed, but where there is one endpoint`, async (t) => {
    const peek = new SchedulerPeek(scheduler)
    t.equal(peek.pick(endpoints.slice(1), 'client', openTo), b)
    t.notOk(peek.isUnknown)
    t.equal(peek.pick(endpoints, 'client', openTo), a)
    t.ok(peek.isUnknown)
  })
}
