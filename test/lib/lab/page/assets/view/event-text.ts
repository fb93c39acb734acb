import t from 'tap'
import { eventText, isFailure } from '../../../../../../lib/lab/page/assets/view/event-text.ts'
import { fillIn } from '../../../../../../lib/lab/page/assets/view/fill-in.ts'
import type { TimelineEvent } from '../../../../../../lib/lab/page/page-topics.ts'
import { pageMessages } from '../../../../../../lib/lab/messages/page/page-messages.ts'

const texts: readonly (readonly [TimelineEvent, string])[] = [
  [{ kind: 'opened' }, 'the lab is open'],
  [{ kind: 'mode', mode: 'iptables', installMs: 5.93 }, 'mode iptables, set in 5.9 ms'],
  [{ kind: 'mode', mode: 'direct', installMs: 0 }, 'mode direct'],
  [{ kind: 'mode', mode: 'ipvs', installMs: undefined }, 'mode ipvs'],
  [{ kind: 'compared', mode: 'direct', installMs: 1 }, 'beside it now: direct'],
  [{ kind: 'killed', pod: 'pod-2' }, 'pod-2 was killed'],
  [{ kind: 'affinity', affinity: 'ClientIP' }, 'affinity ClientIP'],
  [{ kind: 'services', count: 100 }, '100 other Services'],
  [{ kind: 'refused', mode: 'iptables', count: 8 }, '8 refused (iptables)'],
  [{ kind: 'problem', text: 'no' }, 'that did not work: no'],
]

for (const [event, text] of texts) {
  t.test(text, async (t) => {
    const { key, parameters } = eventText(event)
    t.equal(fillIn(pageMessages.en[key], parameters), text)
  })
}

t.test('failures are told apart', async (t) => {
  t.ok(isFailure({ kind: 'refused', mode: 'iptables', count: 8 }))
  t.notOk(isFailure({ kind: 'retried', mode: 'userspace', count: 8 }))
})
