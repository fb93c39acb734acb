import t from 'tap'
import type { Sample } from '../sample.ts'
import { refusal, type Retransmissions } from '../validity.ts'

const good: Sample = { figures: { rate: 1 }, errors: 0, retransmissions: 0, timeouts: 0 }
const again: Sample = { ...good, retransmissions: 3 }
const late: Sample = { ...good, retransmissions: 3, timeouts: 1 }

const cases: [name: string, sample: Sample, allowed: Retransmissions, reason?: string][] = [
  ['all well', good, 'none'],
  ['a failed request', { ...late, errors: 2 }, 'any', 'errors: 2'],
  ['a figure that is none', { ...late, figures: { rate: Number.NaN } }, 'any', 'no rate'],
  ['retransmissions', again, 'none', 'retransmissions: 3'],
  ['what was overtaken', again, 'reordered'],
  ['what was lost', late, 'reordered', 'retransmission timeouts: 1'],
  ['what nobody answers', late, 'any'],
]

t.test('which runs count', (t) => {
  for (const [name, sample, allowed, reason] of cases)
    t.equal(refusal(sample, allowed)?.reason, reason, name)
  t.end()
})

t.test('errors are faults, retransmissions are none', (t) => {
  t.equal(refusal({ ...good, errors: 1 }, 'none')?.isFault, true)
  t.equal(refusal(again, 'none')?.isFault, false)
  t.end()
})
