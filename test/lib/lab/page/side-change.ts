import t from 'tap'
import type { ChangingCommand } from '../../../../lib/lab/page/side-change.ts'
import { sideChange } from '../../../../lib/lab/page/side-change.ts'
import { AnsweringLab } from '../../../fixtures/lab/answering-lab.ts'

const cases: readonly (readonly [ChangingCommand, string, object])[] = [
  [
    { name: 'condition', pod: 'pod-2', condition: 'killed' },
    'setCondition pod-2 killed',
    { kind: 'killed', pod: 'pod-2' },
  ],
  [
    { name: 'ready', pod: 'pod-1', isReady: false },
    'setEndpoint pod-1 {"isReady":false}',
    { kind: 'unready', pod: 'pod-1' },
  ],
  [
    { name: 'ready', pod: 'pod-1', isReady: true },
    'setEndpoint pod-1 {"isReady":true}',
    { kind: 'ready', pod: 'pod-1' },
  ],
  [
    { name: 'listed', pod: 'pod-1', isListed: false },
    'setEndpoint pod-1 {"isListed":false}',
    { kind: 'unlisted', pod: 'pod-1' },
  ],
  [
    { name: 'listed', pod: 'pod-1', isListed: true },
    'setEndpoint pod-1 {"isListed":true}',
    { kind: 'listed', pod: 'pod-1' },
  ],
  [
    { name: 'affinity', affinity: 'ClientIP' },
    'setAffinity ClientIP',
    { kind: 'affinity', affinity: 'ClientIP' },
  ],
  [
    { name: 'scheduler', scheduler: 'lc' },
    'setScheduler lc',
    { kind: 'scheduler', scheduler: 'lc' },
  ],
  [{ name: 'services', count: 100 }, 'setOtherServices 100', { kind: 'services', count: 100 }],
]

for (const [command, call, event] of cases) {
  t.test(call, async (t) => {
    const lab = new AnsweringLab()
    const change = sideChange(command)
    t.same(change.event, event)
    t.same(lab.calls, [])
    await change.apply(lab)
    t.same(lab.calls, [call])
  })
}
