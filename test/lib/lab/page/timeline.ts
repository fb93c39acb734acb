import t from 'tap'
import { Timeline } from '../../../../lib/lab/page/timeline.ts'

function start() {
  let now = 1000
  const timeline = new Timeline(() => now)
  return {
    timeline,
    wait: (ms: number) => (now += ms),
    events: () => timeline.entries.map(({ event }) => event),
  }
}

t.test('an entry says what and when', async (t) => {
  const { timeline, wait } = start()
  timeline.add({ kind: 'opened' })
  wait(5)
  timeline.add({ kind: 'killed', pod: 'pod-2' })
  t.same(timeline.entries, [
    { id: 1, at: 1000, event: { kind: 'opened' } },
    { id: 2, at: 1005, event: { kind: 'killed', pod: 'pod-2' } },
  ])
})

t.test('what happens to requests is counted up, each mode and kind apart', async (t) => {
  const { timeline, wait, events } = start()
  timeline.count('refused', 'iptables', 2)
  timeline.count('retried', 'userspace', 1)
  wait(2900)
  timeline.count('refused', 'iptables', 3)
  timeline.count('refused', 'nftables', 1)
  t.same(events(), [
    { kind: 'refused', mode: 'iptables', count: 5 },
    { kind: 'retried', mode: 'userspace', count: 1 },
    { kind: 'refused', mode: 'nftables', count: 1 },
  ])
  t.same(
    timeline.entries.map(({ at }) => at),
    [1000, 1000, 3900],
  )
})

t.test('after a deed, and when it was quiet, counting begins anew', async (t) => {
  const { timeline, wait, events } = start()
  timeline.count('refused', 'iptables', 2)
  timeline.add({ kind: 'services', count: 100 })
  timeline.count('refused', 'iptables', 1)
  wait(3001)
  timeline.count('refused', 'iptables', 4)
  t.same(
    events().map((event) => ('count' in event ? event.count : 0)),
    [2, 100, 1, 4],
  )
})

t.test('what is old is forgotten', async (t) => {
  const { timeline } = start()
  for (let i = 0; i < 100; i++) timeline.add({ kind: 'cleared' })
  t.equal(timeline.entries.length, 60)
  t.equal(timeline.entries.at(0)?.id, 41)
})
