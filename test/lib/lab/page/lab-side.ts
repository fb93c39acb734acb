import type { Test } from 'tap'
import t from 'tap'
import type { Answer, LabMode } from '../../../../lib/lab/lab.ts'
import { LabSide } from '../../../../lib/lab/page/lab-side.ts'
import { AnsweringLab } from '../../../fixtures/lab/answering-lab.ts'

async function start(mode: LabMode = 'userspace') {
  const lab = new AnsweringLab()
  await lab.setMode(mode)
  lab.calls.length = 0
  const heard: Answer[] = []
  const side = new LabSide({
    lab,
    state: await lab.state(),
    onAnswers: (_, answers) => heard.push(...answers),
  })
  return { lab, side, heard }
}

/** A gate of a lab, and the key to it. */
function closeGate(lab: AnsweringLab): () => void {
  let open = (): void => {}
  lab.gate = new Promise((resolve) => (open = resolve))
  return open
}

t.test('what is sent is counted by who answered', async (t) => {
  const { side, heard } = await start()
  await side.send('new', 12)
  t.match(side.tally, { sent: 12, answered: { 'pod-1': 4, 'pod-2': 4, 'pod-3': 4 } })
  t.equal(heard.length, 12)
  await side.send('new', 0)
  t.equal(side.tally.sent, 12)
})

t.test('what was sent before a change is heard, and does not count after it', async (t) => {
  const { lab, side, heard } = await start()
  const open = closeGate(lab)
  const sending = side.send('new', 3)
  side.restart()
  open()
  await sending
  t.equal(side.tally.sent, 0)
  t.equal(heard.length, 3)
})

t.test('of what does not answer it does not send more and more', async (t) => {
  const { lab, side } = await start()
  const open = closeGate(lab)
  const sending = Array.from({ length: 20 }, () => side.send('new', 12))
  t.equal(lab.calls.length, 10)
  open()
  await Promise.all(sending)
  t.equal(side.tally.sent, 120)
  await side.send('new', 1)
  t.equal(side.tally.sent, 121)
})

t.test('a client that keeps connections asks over them in turn', async (t) => {
  const { lab, side } = await start()
  await side.send('keep-alive', 4)
  t.same(
    lab.calls,
    Array.from({ length: 6 }, () => 'hold TCP'),
  )
  await side.send('keep-alive', 2)
  t.equal(side.tally.sent, 6)
  t.same(side.tally.open, { 'pod-1': 2, 'pod-2': 2, 'pod-3': 2 })
  await side.send('keep-alive', 12)
  t.equal(side.tally.sent, 18)
})

t.test('a connection that ended is replaced', async (t) => {
  const { lab, side } = await start()
  await side.send('keep-alive', 6)
  await lab.setCondition('pod-2', 'killed')
  await side.send('keep-alive', 6)
  t.match(side.tally, { failed: { closed: 2 }, open: { 'pod-1': 2, 'pod-2': 0, 'pod-3': 2 } })
  await side.send('keep-alive', 6)
  t.match(side.tally, { failed: { closed: 2 }, open: { 'pod-2': 0 } })
})

t.test('another kind of client has connections of its own', async (t) => {
  const { lab, side } = await start()
  await side.send('keep-alive', 1)
  await side.send('udp', 1)
  t.equal(lab.calls.filter((call) => call === 'release').length, 6)
  t.equal(lab.calls.filter((call) => call === 'hold UDP').length, 6)
})

t.test('settled, all is answered and no connection is kept', async (t) => {
  const { lab, side } = await start()
  await side.send('keep-alive', 1)
  const open = closeGate(lab)
  const sending = side.send('new', 3)
  const settling = side.settle()
  open()
  await settling
  t.equal(side.tally.sent, 4)
  t.equal(lab.calls.filter((call) => call === 'release').length, 6)
  t.same(side.tally.open, { 'pod-1': 0, 'pod-2': 0, 'pod-3': 0 })
  await sending
})

t.test('what the lab cannot do is said, and nothing is left unanswered by it', async (t) => {
  const { lab, side } = await start()
  lab.failures.set('request', new Error('not here'))
  await t.rejects(side.send('new', 119), { message: 'not here' })
  await side.send('new', 119)
  t.equal(side.tally.sent, 119)
})

t.test('a traced packet is none of the answers', async (t) => {
  const { side, heard } = await start()
  const { steps } = await side.trace()
  t.equal(steps.length, 3)
  t.equal(side.tally.sent, 0)
  t.equal(heard.length, 0)
})

t.test('rules that have matched since they were read before', async (t) => {
  const { side } = await start()
  const matched = async (t: Test, wanted: boolean) => {
    const { lines } = await side.rules()
    t.same(
      lines.map(({ isMatched }) => isMatched),
      [wanted],
    )
  }
  await side.send('new', 1)
  await matched(t, false)
  await side.send('new', 1)
  await matched(t, true)
  await matched(t, false)
})

t.test('of thousands of rules those of the Service are told, and some of the others', async (t) => {
  const { lab, side } = await start()
  await lab.setOtherServices(1000)
  const { lines, leftOut } = await side.rules()
  t.equal(lines.length, 120)
  t.equal(leftOut, 881)
  t.ok(lines.at(-1)?.isOfService)
})

t.test('rules that do not count have not matched', async (t) => {
  const { lab, side } = await start()
  const line = { chain: 'chain services', text: 'jump', packets: undefined, isOfService: true }
  lab.rules = async () => [line]
  await side.rules()
  t.match(await side.rules(), { lines: [{ isMatched: false }] })
})

t.test('its state is that of the lab when it was asked', async (t) => {
  const { lab, side } = await start('iptables')
  t.equal(side.mode, 'iptables')
  await lab.setMode('direct')
  t.equal(side.mode, 'iptables')
  await side.refresh()
  t.equal(side.mode, 'direct')
  t.equal(side.state.carriage.mode, 'direct')
  await side.close()
  t.ok(lab.isClosed)
})
