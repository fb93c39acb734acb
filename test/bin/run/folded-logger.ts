import t from 'tap'
import { foldedLogger } from '../../../bin/run/folded-logger.ts'
import { listeningLogger } from '../../fixtures/listening-logger.ts'

function setUp() {
  const { logger, lines } = listeningLogger()
  let nowMs = 0
  let timers: { readonly atMs: number; readonly run: () => void }[] = []
  const folded = foldedLogger(logger, {
    after: (ms, run) => void timers.push({ atMs: nowMs + ms, run }),
  })
  return {
    folded,
    messages: () => lines.map(({ message }) => message),
    lines,
    timers: () => timers.length,
    /** Lets time go by. */
    pass: (ms: number) => {
      nowMs += ms
      const due = timers.filter(({ atMs }) => atMs <= nowMs)
      timers = timers.filter(({ atMs }) => atMs > nowMs)
      for (const { run } of due) run()
    },
  }
}

const fault = { event: 'problem', servicePort: 'shop/web:http' }

t.test('a fault is said at once, and after 10 s how often it came again', async (t) => {
  const { folded, messages, lines, pass } = setUp()
  for (let i = 0; i < 38; i++) folded.warn({ ...fault, attempt: i }, 'it failed')
  t.same(messages(), ['it failed'])
  pass(9999)
  t.equal(lines.length, 1)
  pass(1)
  t.same(messages(), ['it failed', 'it failed (repeated 37 times)'])
  t.match(lines[1], { level: 'warn', fields: { ...fault, attempt: 37, repeated: 37 } })
})

t.test('while it lasts there is a line a period, and then it is new again', async (t) => {
  const { folded, messages, pass, timers } = setUp()
  folded.error(fault, 'it failed')
  folded.error(fault, 'it failed')
  pass(10_000)
  folded.error(fault, 'it failed')
  folded.error(fault, 'it failed')
  pass(10_000)
  pass(10_000)
  t.equal(timers(), 0)
  folded.error(fault, 'it failed')
  t.same(messages(), [
    'it failed',
    'it failed (repeated once)',
    'it failed (repeated 2 times)',
    'it failed',
  ])
})

t.test('a fault that came once is said once', async (t) => {
  const { folded, messages, pass, timers } = setUp()
  folded.warn(fault, 'it failed')
  pass(10_000)
  t.same([messages(), timers()], [['it failed'], 0])
})

t.test('what differs in event, ServicePort, level or message is another fault', async (t) => {
  const { folded, lines } = setUp()
  folded.warn(fault, 'it failed')
  folded.warn({ ...fault, event: 'admin' }, 'it failed')
  folded.warn({ ...fault, servicePort: 'shop/db' }, 'it failed')
  folded.warn({ event: 'problem' }, 'it failed')
  folded.warn(fault, 'it failed otherwise')
  folded.error(fault, 'it failed')
  t.equal(lines.length, 6)
})

t.test('other lines are steps, and none of them is left out', async (t) => {
  const { folded, lines, timers } = setUp()
  for (let i = 0; i < 3; i++) {
    folded.info({ event: 'sync' }, 'ServicePorts: 1 set, 0 removed')
    folded.debug({ event: 'portals' }, 'the portals lead here')
  }
  t.same([lines.length, timers()], [6, 0])
})

t.test('at the end what is held back is said', async (t) => {
  const { folded, messages, pass } = setUp()
  folded.warn(fault, 'one')
  folded.warn(fault, 'two')
  folded.warn(fault, 'two')
  folded.flush()
  pass(10_000)
  t.same(messages(), ['one', 'two', 'two (repeated once)'])
})

t.test('a thousand different faults are remembered; further ones are all said', async (t) => {
  const { folded, lines, timers } = setUp()
  for (let i = 0; i < 1002; i++) folded.warn(fault, `it failed in way ${i}`)
  folded.warn(fault, 'it failed in way 0')
  folded.warn(fault, 'it failed in way 1001')
  t.same([lines.length, timers()], [1003, 1000])
})

t.test('its own timers keep no process', async (t) => {
  const { logger, lines } = listeningLogger()
  const folded = foldedLogger(logger, { periodMs: 1 })
  folded.warn(fault, 'it failed')
  folded.warn(fault, 'it failed')
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(lines.length, 2)
})
