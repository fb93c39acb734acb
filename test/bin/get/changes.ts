import t from 'tap'
import { Changes } from '../../../bin/get/changes.ts'

interface Item {
  readonly id: number
  readonly state: string
  readonly ageMs: number
}

function changesOf(): Changes<Item> {
  return new Changes({ id: ({ id }: Item) => String(id) }, ({ state }) => state)
}

t.test('at first everything is new', async (t) => {
  const items = [{ id: 1, state: 'a', ageMs: 0 }]
  t.same(changesOf().next(items), items)
})

t.test('then only what is new or has changed, and what is gone', async (t) => {
  const changes = changesOf()
  changes.next([
    { id: 1, state: 'a', ageMs: 0 },
    { id: 2, state: 'a', ageMs: 0 },
    { id: 3, state: 'a', ageMs: 0 },
  ])
  const items = [
    { id: 1, state: 'a', ageMs: 1000 },
    { id: 2, state: 'b', ageMs: 1000 },
    { id: 4, state: 'a', ageMs: 0 },
  ]
  t.same(changes.next(items), [
    { id: 2, state: 'b', ageMs: 1000 },
    { id: 4, state: 'a', ageMs: 0 },
    { id: 3, state: 'a', ageMs: 0, gone: true },
  ])
  t.same(changes.next(items), [], 'gone is said once')
})
