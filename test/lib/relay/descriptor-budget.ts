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

t.test('threads have one limit together, and what a lost one had is given back', async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(16))
  const [a, b] = [
    new DescriptorBudget(5, { cells, index: 0 }),
    new DescriptorBudget(5, { cells, index: 1 }),
  ]
  t.ok(a.take(2))
  t.ok(b.take(2))
  t.notOk(a.take(2))
  t.notOk(b.take(2))
  t.same([a.taken, b.taken], [4, 4])
  t.ok(b.takeForFlow())
  t.notOk(a.takeForFlow(), 'all is taken')
  t.same([...cells], [2, 0, 3, 1])
  cells.fill(0, 2)
  t.equal(a.taken, 2)
  t.ok(a.take(3))
})

t.test('UDP flows of all threads get half together', async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(16))
  const [a, b] = [
    new DescriptorBudget(4, { cells, index: 0 }),
    new DescriptorBudget(4, { cells, index: 1 }),
  ]
  t.same(
    [a.takeForFlow(), b.takeForFlow(), a.takeForFlow(), b.takeForFlow()],
    [true, true, false, false],
  )
  t.equal(a.taken, 2)
})
