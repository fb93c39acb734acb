import t from 'tap'
import { TrafficLoop } from '../../../../lib/lab/page/traffic-loop.ts'
import { eventually } from '../../../fixtures/eventually.ts'

function start() {
  const sent: [string, number][] = []
  const loop = new TrafficLoop((client, count) => sent.push([client, count]))
  return { loop, sent }
}

t.test('a tick sends what is due, and what is left over later', async (t) => {
  const { loop, sent } = start()
  loop.change({ rate: 50, client: 'udp' })
  for (let i = 0; i < 4; i++) loop.tick()
  t.same(sent, [
    ['udp', 2],
    ['udp', 3],
    ['udp', 2],
    ['udp', 3],
  ])
  t.same(loop.state, { isOn: true, rate: 50, client: 'udp' })
})

t.test('off, or held, it sends nothing', async (t) => {
  const { loop, sent } = start()
  loop.hold()
  loop.tick()
  loop.release()
  loop.change({ isOn: false })
  loop.tick()
  t.same(sent, [])
  loop.change({ isOn: true })
  loop.tick()
  t.same(sent, [['new', 1]])
})

t.test('it ticks while somebody looks', async (t) => {
  const { loop, sent } = start()
  const [leave, leaveToo] = [loop.watch(), loop.watch()]
  leave()
  await eventually(() => sent.length > 0)
  leaveToo()
  const { length } = sent
  await new Promise((resolve) => setTimeout(resolve, 120))
  t.equal(sent.length, length)
  const again = loop.watch()
  await eventually(() => sent.length > length)
  again()
})
