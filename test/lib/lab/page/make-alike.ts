import t from 'tap'
import { makeAlike } from '../../../../lib/lab/page/make-alike.ts'
import { AnsweringLab } from '../../../fixtures/lab/answering-lab.ts'

t.test('the other lab is as the first one, in another mode', async (t) => {
  const first = new AnsweringLab()
  await first.setMode('iptables')
  await first.setScheduler('lc')
  await first.setAffinity('ClientIP')
  await first.setOtherServices(100)
  await first.setCondition('pod-2', 'killed')
  await first.setEndpoint('pod-3', { isReady: false })
  const wanted = await first.state()
  const other = new AnsweringLab()
  const { mode } = await makeAlike(other, wanted, 'userspace')
  t.equal(mode, 'userspace')
  const { carriage: _, ...state } = await other.state()
  t.match(wanted, state)
})

t.test('nothing is done for nothing', async (t) => {
  const other = new AnsweringLab()
  await makeAlike(other, await new AnsweringLab().state(), 'userspace')
  t.same(other.calls, ['setMode userspace'])
})

t.test('a scheduler that the mode has not is no fault', async (t) => {
  const first = new AnsweringLab()
  await first.setScheduler('sh')
  const other = new AnsweringLab()
  other.failures.set('setScheduler', new Error('has rr and lc'))
  t.match(await makeAlike(other, await first.state(), 'userspace'), { mode: 'userspace' })
})
