import t from 'tap'
import { interleave, joined } from '../rounds.ts'
import type { Sample } from '../sample.ts'
import { refusal } from '../validity.ts'

function sample(errors: number): Sample {
  return { figures: { rate: 1 }, errors, retransmissions: 0, timeouts: 0 }
}

/** Runs whose errors are told by name, and then none. */
async function run(errors: Record<string, number[]>) {
  const order: string[] = []
  const outcomes = await interleave(['a', 'b', 'c'], {
    rounds: 3,
    attempts: 3,
    refusal: (sample) => refusal(sample, 'none'),
    run: (name) => {
      order.push(name)
      return Promise.resolve(sample(errors[name]?.shift() ?? 0))
    },
  })
  return { order: order.join(''), outcomes }
}

t.test('relays take turns, and the last of a round begins the next', async (t) => {
  const { order, outcomes } = await run({})
  t.equal(order, 'abccbaabc')
  for (const { name, ...outcome } of outcomes) {
    t.same(outcome, { samples: [sample(0), sample(0), sample(0)], repeated: [] }, name)
  }
})

t.test('a run that does not count is done again at its place', async (t) => {
  const { order, outcomes } = await run({ b: [0, 4, 5] })
  t.equal(order, 'abccbbbaabc')
  t.same(outcomes[1], {
    name: 'b',
    samples: [sample(0), sample(0), sample(0)],
    repeated: ['round 2: errors: 4', 'round 2: errors: 5'],
  })
})

t.test('one that never counts has no figures, and no more runs', async (t) => {
  const { order, outcomes } = await run({ b: [0, 4, 5, 6] })
  t.equal(order, 'abccbbbaac')
  t.same(outcomes[1], {
    name: 'b',
    samples: [sample(0)],
    repeated: ['round 2: errors: 4', 'round 2: errors: 5'],
    refused: { reason: 'round 2: errors: 6', isFault: true },
  })
})

t.test('starts count as one, and what was refused in one of them has no figures', async (t) => {
  const fine = await run({ b: [1] })
  const bad = await run({ c: [1, 1, 1] })
  const [a, b, c] = joined([fine.outcomes, bad.outcomes])
  const six = Array.from({ length: 6 }, () => sample(0))
  t.same(a, { name: 'a', samples: six, repeated: [] })
  t.same(b, { name: 'b', samples: six, repeated: ['round 1: errors: 1'] })
  t.equal(c?.samples.length, 3)
  t.equal(c?.refused?.reason, bad.outcomes[2]?.refused?.reason)
})

t.test('of several refusals that which is a fault counts', async (t) => {
  const outcome = { name: 'a', samples: [], repeated: [] }
  const noise = { reason: 'round 1: retransmissions: 9', isFault: false }
  const fault = { reason: 'round 2: errors: 1', isFault: true }
  t.same(joined([[{ ...outcome, refused: noise }], [outcome], [{ ...outcome, refused: fault }]]), [
    { name: 'a', samples: [], repeated: [noise.reason], refused: fault },
  ])
})
