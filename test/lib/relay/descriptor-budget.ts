import t from 'tap'
import { availableDescriptors, DescriptorBudget } from '../../../lib/relay/descriptor-budget.ts'

t.test('takes until the limit is reached, and again what was given back', async (t) => {
  const budget = new DescriptorBudget(5)
  t.ok(budget.take(2))
  t.ok(budget.take(2))
  t.notOk(budget.take(2), 'a connection needs both of its descriptors')
  t.equal(budget.taken, 4, 'what was refused took nothing')
  t.ok(budget.take(1))
  budget.give(2)
  t.ok(budget.take(2))
})

t.test('UDP flows get half of it at most', async (t) => {
  const budget = new DescriptorBudget(5)
  t.same([budget.takeForFlow(), budget.takeForFlow(), budget.takeForFlow()], [true, true, true])
  t.notOk(budget.takeForFlow())
  t.ok(budget.take(2), 'the rest is for connections')
  budget.giveFromFlow()
  t.equal(budget.taken, 4)
  t.ok(budget.takeForFlow())
  t.notOk(budget.takeForFlow())
})

t.test('what is available is the soft limit less what is open and a reserve', async (t) => {
  const dir = t.testdir({
    limits:
      'Limit                     Soft Limit           Hard Limit           Units\nMax open files            256                  4096                 files\n',
    fd: { 0: '', 1: '', 2: '' },
  })
  t.equal(availableDescriptors(dir), 256 - 3 - 24)
})

t.test('a tiny limit still leaves one connection', async (t) => {
  const dir = t.testdir({
    limits: 'Max open files            20                  20 files\n',
    fd: {},
  })
  t.equal(availableDescriptors(dir), 2)
})

t.test('without a limit or without procfs there is no bound', async (t) => {
  const dir = t.testdir({
    limits: 'Max open files            unlimited            unlimited\n',
    fd: {},
  })
  t.equal(availableDescriptors(dir), Infinity)
  t.equal(availableDescriptors('/nowhere'), Infinity)
})

t.test('reads this process', async (t) => {
  t.ok(availableDescriptors() > 2)
})
