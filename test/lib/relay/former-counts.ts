import t from 'tap'
import { Counts } from '../../../lib/relay/counts.ts'
import { FormerCounts } from '../../../lib/relay/former-counts.ts'

function counted(opened: number): Counts {
  return Object.assign(new Counts(), { opened })
}

function sumOf(former: FormerCounts): number {
  const sum = new Counts()
  former.addTo(sum)
  return sum.opened
}

t.test('a ServicePort that comes back has what it had, of all its entries, once', async (t) => {
  const former = new FormerCounts()
  former.add('a', counted(1))
  former.add('b', counted(10))
  former.add('a', counted(2))
  t.equal(sumOf(former), 13)
  t.equal(former.take('a')?.opened, 3)
  t.equal(former.take('a'), undefined)
  t.equal(sumOf(former), 10)
})

t.test('of those gone for longest only the sum is kept', async (t) => {
  const former = new FormerCounts()
  for (let i = 0; i < 1000; i++) former.add(`${i}`, counted(1))
  former.add('0', counted(1)) // the latest now
  former.add('new', counted(1))
  t.equal(sumOf(former), 1002)
  t.equal(former.take('1'), undefined)
  t.equal(former.take('0')?.opened, 2)
  t.equal(sumOf(former), 1000)
})

t.test('all of it can be told', async (t) => {
  const former = new FormerCounts()
  for (let i = 0; i < 1002; i++) former.add(`${i}`, counted(1))
  const entries = new Map(former.entries())
  t.equal(entries.size, 1001)
  t.same([entries.get('')?.opened, entries.get('1001')?.opened], [2, 1])
})
