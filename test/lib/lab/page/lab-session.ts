import type { Test } from 'tap'
import t from 'tap'
import type { PageCommand } from '../../../../lib/lab/page/page-command.ts'
import type { PageTopics } from '../../../../lib/lab/page/page-topics.ts'
import { LabSession } from '../../../../lib/lab/page/lab-session.ts'
import { eventually } from '../../../fixtures/eventually.ts'
import { AnsweringLab } from '../../../fixtures/lab/answering-lab.ts'

async function start(t: Test) {
  const lab = new AnsweringLab()
  const others: AnsweringLab[] = []
  const session = new LabSession({
    lab,
    openOther: async () => {
      const other = new AnsweringLab()
      others.push(other)
      return other
    },
    now: () => 1000,
  })
  t.teardown(() => session.close())
  await session.start()
  lab.calls.length = 0
  return {
    lab,
    others,
    session,
    topics: () => session.board.since(0) as PageTopics,
    events: () => (session.board.since(0).timeline ?? []).map(({ event }) => event),
  }
}

t.test('it begins in the mode that needs telling, with all that there is to see', async (t) => {
  const { session, topics } = await start(t)
  const { description, sides, traffic, tallies, traces, timeline, latency, rules } = topics()
  t.equal(description.readyMs, 3)
  t.match(sides, [{ carriage: { mode: 'userspace' } }])
  t.same(traffic, { isOn: true, rate: 20, client: 'new' })
  t.match(tallies, [{ sent: 0 }])
  t.match(traces, [{ steps: [{ station: 'client' }] }])
  t.match(timeline, [{ at: 1000, event: { kind: 'opened' } }])
  t.same(latency, [])
  t.match(rules, [{ leftOut: 0 }])
  t.equal(session.state.carriage.mode, 'userspace')
  t.equal(session.tally.sent, 0)
})

t.test('before it is started it has no state', async (t) => {
  const session = new LabSession({
    lab: new AnsweringLab(),
    openOther: async () => new AnsweringLab(),
    now: () => 0,
  })
  t.throws(() => session.state, { message: 'the session has not been started' })
})

t.test('traffic flows while somebody looks', async (t) => {
  const { lab, session } = await start(t)
  const leave = session.watch()
  const leaveToo = session.watch()
  await eventually(() => lab.calls.includes('request 1'))
  leave()
  leaveToo()
  const { length } = lab.calls
  await new Promise((resolve) => setTimeout(resolve, 250))
  t.equal(lab.calls.length, length)
})

t.test('a tick sends what is due, and what is left over of it later', async (t) => {
  const { lab, session } = await start(t)
  // 50 a second are two and a half in 50 ms.
  await session.do({ name: 'rate', rate: 50 })
  for (let i = 0; i < 4; i++) session.tick()
  const requests = lab.calls.filter((call) => call.startsWith('request'))
  t.same(requests, ['request 2', 'request 3', 'request 2', 'request 3'])
  await session.do({ name: 'play', isOn: false })
  session.tick()
  t.equal(lab.calls.filter((call) => call.startsWith('request')).length, 4)
})

t.test('a pod is killed: the kernel refuses, the proxy tries again', async (t) => {
  const { session, events, topics } = await start(t)
  await session.do({ name: 'condition', pod: 'pod-2', condition: 'killed' })
  await session.do({ name: 'send', count: 12 })
  t.match(topics().tallies[0], { sent: 12, failed: { refused: 0 }, answered: { 'pod-2': 0 } })
  t.ok((topics().tallies[0]?.retried ?? 0) > 0)
  await session.do({ name: 'mode', side: 0, mode: 'iptables' })
  await session.do({ name: 'send', count: 12 })
  t.match(topics().tallies[0], { retried: 0, failed: { refused: 4 } })
  t.same(
    events().map(({ kind }) => kind),
    ['opened', 'killed', 'retried', 'mode', 'refused'],
  )
})

t.test('every change counts from zero and is on the timeline', async (t) => {
  const { session, events, topics } = await start(t)
  const commands: readonly PageCommand[] = [
    { name: 'ready', pod: 'pod-1', isReady: false },
    { name: 'listed', pod: 'pod-3', isListed: false },
    { name: 'affinity', affinity: 'ClientIP' },
    { name: 'scheduler', scheduler: 'lc' },
    { name: 'services', count: 100 },
    { name: 'client', client: 'keep-alive' },
    { name: 'clear' },
  ]
  for (const command of commands) {
    await session.do({ name: 'send', count: 1 })
    await session.do(command)
    t.equal(topics().tallies[0]?.sent, 0, command.name)
  }
  t.same(
    events().map(({ kind }) => kind),
    ['opened', 'unready', 'unlisted', 'affinity', 'scheduler', 'services', 'client', 'cleared'],
  )
  t.same(topics().latency, [])
  t.equal(topics().traffic.client, 'keep-alive')
})

t.test('what another kind of client took is not mixed with it', async (t) => {
  const { session, topics } = await start(t)
  await session.do({ name: 'send', count: 12 })
  await session.do({ name: 'client', client: 'keep-alive' })
  t.same(topics().latency, [])
  await session.do({ name: 'send', count: 12 })
  t.match(topics().latency, [{ mode: 'userspace', answered: 12 }])
})

t.test('a large request is sent a dozen at a time', async (t) => {
  const { lab, session } = await start(t)
  await session.do({ name: 'send', count: 300 })
  const requests = lab.calls.filter((call) => call.startsWith('request'))
  t.equal(requests.length, 25)
  t.same([...new Set(requests)], ['request 12'])
})

t.test('a mode that is there already is not installed again', async (t) => {
  const { lab, session } = await start(t)
  await session.do({ name: 'mode', side: 0, mode: 'userspace' })
  await session.do({ name: 'mode', side: 1, mode: 'iptables' })
  t.notOk(lab.calls.some((call) => call.startsWith('setMode')))
})

t.test(
  'two modes are compared in two labs, with the same requests and the same fate',
  async (t) => {
    const { lab, others, session, topics, events } = await start(t)
    await session.do({ name: 'condition', pod: 'pod-2', condition: 'killed' })
    await session.do({ name: 'compare', isOn: true })
    await session.do({ name: 'compare', isOn: true })
    const [other] = others
    t.equal(others.length, 1)
    t.match(
      topics().sides.map(({ carriage, pods }) => [carriage.mode, pods[1]?.condition]),
      [
        ['userspace', 'killed'],
        ['iptables', 'killed'],
      ],
    )
    t.equal(topics().traces.length, 2)
    await session.do({ name: 'send', count: 12 })
    t.match(topics().tallies, [{ failed: { refused: 0 } }, { failed: { refused: 4 } }])
    await session.do({ name: 'listed', pod: 'pod-3', isListed: false })
    for (const { calls } of [lab, other as AnsweringLab]) {
      t.ok(calls.includes('setEndpoint pod-3 {"isListed":false}'))
    }
    await session.do({ name: 'mode', side: 1, mode: 'nftables' })
    t.same(
      topics().sides.map(({ carriage }) => carriage.mode),
      ['userspace', 'nftables'],
    )
    await session.do({ name: 'compare', isOn: false })
    await session.do({ name: 'compare', isOn: false })
    t.ok(other?.isClosed)
    t.notOk(lab.isClosed)
    t.equal(topics().sides.length, 1)
    t.equal(topics().tallies.length, 1)
    t.equal(events().at(-1)?.kind, 'compareEnded')
  },
)

t.test('beside another mode stands userspace', async (t) => {
  const { session, topics } = await start(t)
  await session.do({ name: 'mode', side: 0, mode: 'nftables' })
  await session.do({ name: 'compare', isOn: true })
  t.equal(topics().sides[1]?.carriage.mode, 'userspace')
})

t.test('a second lab that cannot be made alike is ended', async (t) => {
  const { others, session, topics } = await start(t)
  const failing = new AnsweringLab()
  failing.failures.set('setMode', new Error('no'))
  others.push(failing)
  const lab = new AnsweringLab()
  const session2 = new LabSession({ lab, openOther: async () => failing, now: () => 0 })
  t.teardown(() => session2.close())
  await session2.start()
  await t.rejects(session2.do({ name: 'compare', isOn: true }), { message: 'no' })
  t.ok(failing.isClosed)
  t.equal(session2.board.since(0).sides?.length, 1)
  await session.close()
  t.equal(topics().sides.length, 1)
})

t.test('what the lab cannot do is on the timeline, and the next command is done', async (t) => {
  const { lab, session, events } = await start(t)
  lab.failures.set('setAffinity', new Error('loopback has none'))
  const failing = session.do({ name: 'affinity', affinity: 'ClientIP' })
  const next = session.do({ name: 'affinity', affinity: 'None' })
  await t.rejects(failing, { message: 'loopback has none' })
  await next
  t.match(events(), [
    { kind: 'opened' },
    { kind: 'affinity' },
    { kind: 'problem', text: 'loopback has none' },
    { kind: 'affinity' },
  ])
})

t.test('a client that the lab has not is given up for one that it has', async (t) => {
  const { lab, session, topics, events } = await start(t)
  await session.do({ name: 'client', client: 'udp' })
  lab.failures.set('hold', new Error('no UDP here'))
  await session.do({ name: 'send', count: 1 })
  t.match(topics().traffic, { client: 'new', isOn: true })
  t.match(events().at(-1), { kind: 'problem', text: 'no UDP here' })
  lab.failures.set('request', new Error('no lab here'))
  await session.do({ name: 'send', count: 1 })
  t.match(topics().traffic, { client: 'new', isOn: false })
})

t.test('rules and traces that cannot be had are no fault of the page', async (t) => {
  const { lab, session, topics, events } = await start(t)
  lab.failures.set('rules', new Error('being replaced'))
  lab.failures.set('trace', new Error('no tracer'))
  await session.do({ name: 'mode', side: 0, mode: 'iptables' })
  t.same(topics().traces, [null])
  t.equal(events().at(-1)?.kind, 'mode')
  lab.failures.set('trace', new Error('no tracer'))
  await t.rejects(session.do({ name: 'trace' }), { message: 'no tracer' })
  await session.do({ name: 'trace' })
  t.match(topics().traces, [{ crossings: 2 }])
})

t.test('nothing is sent while a mode is replaced', async (t) => {
  const { lab, session } = await start(t)
  let open = (): void => {}
  lab.gate = new Promise((resolve) => (open = resolve))
  session.tick()
  const changing = session.do({ name: 'mode', side: 0, mode: 'iptables' })
  await new Promise((resolve) => setImmediate(resolve))
  session.tick()
  t.equal(lab.calls.filter((call) => call.startsWith('request')).length, 1)
  t.notOk(lab.calls.includes('setMode iptables'))
  open()
  await changing
  t.ok(lab.calls.includes('setMode iptables'))
  session.tick()
  t.equal(lab.calls.filter((call) => call.startsWith('request')).length, 2)
})

t.test('rules are not read while they are being read', async (t) => {
  const { lab, session } = await start(t)
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  let readings = 0
  lab.rules = async () => {
    readings++
    await gate
    return []
  }
  session.tick()
  await session.do({ name: 'send', count: 1 })
  t.equal(readings, 1)
  open()
})

t.test('what fails because it is being closed is no news', async (t) => {
  const { lab, session, events } = await start(t)
  let open = (): void => {}
  lab.gate = new Promise((_, reject) => (open = () => reject(new Error('gone'))))
  session.tick()
  const closing = session.close()
  open()
  await closing
  t.equal(events().at(-1)?.kind, 'opened')
})

t.test('a lab that does not begin is ended all the same', async (t) => {
  const lab = new AnsweringLab()
  lab.failures.set('setMode', new Error('no rules here'))
  const session = new LabSession({ lab, openOther: async () => lab, now: () => 0 })
  await t.rejects(session.start(), { message: 'no rules here' })
  await session.close()
  t.ok(lab.isClosed)
})

t.test('closed, it does nothing any more', async (t) => {
  const { lab, session, topics } = await start(t)
  session.tick()
  await session.close()
  t.ok(lab.isClosed)
  const { length } = lab.calls
  session.tick()
  await session.do({ name: 'send', count: 12 })
  t.equal(lab.calls.length, length)
  t.equal(topics().sides.length, 1)
})
