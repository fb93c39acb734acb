import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { ClusterEvent } from '../../../lib/observe/event-object.ts'
import { EventRecorder } from '../../../lib/observe/event-recorder.ts'
import type { EventRecord } from '../../../lib/observe/event-writer.ts'

const minuteMs = 60_000

/** A recorder whose writer notes what it was given, as `reason part count`, and writes it at once unless it waits. */
function recorderOf(t: Test) {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 })
  t.teardown(() => mock.timers.reset())
  const written: string[] = []
  const records: EventRecord[] = []
  const state = { isFull: false, waits: false }
  const recorder = new EventRecorder({
    writer: {
      write: (record) => {
        if (state.isFull) return false
        const { event, count } = record
        written.push(`${event.reason} ${event.part ?? '-'} ${count}`)
        records.push(record)
        if (state.waits) record.isQueued = true
        else record.toldCount = count
        return true
      },
    },
    now: Date.now,
    random: () => 0.5,
  })
  t.teardown(() => recorder.close())
  return { recorder, written, records, state, take: () => written.splice(0) }
}

function event(given: Partial<ClusterEvent> = {}): ClusterEvent {
  return {
    type: 'Warning',
    reason: 'PortTaken',
    action: 'Listen',
    note: 'taken',
    regarding: { kind: 'Service', namespace: 'shop', name: 'web' },
    ...given,
  }
}

t.test('what is different is an Event of its own, whatever the notes say', async (t) => {
  const { recorder, records, take } = recorderOf(t)
  recorder.record(event())
  recorder.record(event({ part: 'http' }))
  recorder.record(event({ part: 'https' }))
  recorder.record(event({ reason: 'NoRights' }))
  recorder.record(event({ regarding: { kind: 'Service', namespace: 'shop', name: 'db' } }))
  recorder.record(event({ regarding: { kind: 'Node', namespace: '', name: 'web' } }))
  t.equal(take().length, 6)
  t.equal(new Set(records.map(({ name }) => name)).size, 2, 'named for what they are about')
  recorder.record(event({ note: 'still taken' }))
  t.same(take(), ['PortTaken - 2'])
  t.equal(records[0], records[6])
  t.match(records[0], { event: { note: 'taken' }, firstMs: 1_000_000, count: 2 })
})

t.test('the first repeat is written at once, the others every six minutes', async (t) => {
  const { recorder, records, take } = recorderOf(t)
  for (let i = 0; i < 5; i++) recorder.record(event())
  t.same(take(), ['PortTaken - 1', 'PortTaken - 2'])
  mock.timers.tick(3 * minuteMs)
  recorder.record(event())
  t.same(take(), [])
  mock.timers.tick(3 * minuteMs)
  t.same(take(), ['PortTaken - 6'])
  t.equal(records.at(-1)?.lastMs, 1_000_000 + 3 * minuteMs)
  mock.timers.tick(6 * minuteMs)
  t.same(take(), [], 'the series is over')
  recorder.record(event())
  t.same(take(), ['PortTaken - 1'])
  t.not(records.at(-1), records[0])
})

t.test('one that waits to be written is written with what it is then', async (t) => {
  const { recorder, state, records, take } = recorderOf(t)
  state.waits = true
  for (let i = 0; i < 3; i++) recorder.record(event())
  t.same(take(), ['PortTaken - 1'])
  t.match(records, [{ count: 3, toldCount: 0, isQueued: true }])
  mock.timers.tick(20 * minuteMs)
  t.same(take(), [], 'also where it waits for long')
})

t.test('an object has 25 Events, then one in five minutes', async (t) => {
  const { recorder, take } = recorderOf(t)
  const tell = (from: number): void => {
    for (let i = from; i < from + 30; i++) recorder.record(event({ part: `port-${i}` }))
  }
  tell(0)
  t.equal(take().length, 25)
  t.equal(recorder.suppressed, 5)
  recorder.record(event({ regarding: { kind: 'Service', namespace: 'shop', name: 'db' } }))
  t.equal(take().length, 1, 'another object has its own')
  mock.timers.tick(5 * minuteMs)
  tell(100)
  t.same(take(), ['PortTaken port-100 1'])
})

t.test('repeats that may not be told are told later', async (t) => {
  const { recorder, take } = recorderOf(t)
  for (let i = 0; i < 25; i++) recorder.record(event({ part: `port-${i}` }))
  take()
  recorder.record(event({ part: 'port-7' }))
  t.same(take(), [], 'no token is left')
  mock.timers.tick(6 * minuteMs)
  t.same(take(), ['PortTaken port-7 2'])
  t.equal(recorder.suppressed, 0)
})

t.test('what the writer does not take is forgotten', async (t) => {
  const { recorder, state, take } = recorderOf(t)
  state.isFull = true
  recorder.record(event())
  state.isFull = false
  recorder.record(event())
  t.same(take(), ['PortTaken - 1'])
  recorder.close()
  recorder.record(event())
  recorder.record(event())
  take()
  mock.timers.tick(20 * minuteMs)
  t.same(take(), [], 'nothing comes of itself after the end')
})
