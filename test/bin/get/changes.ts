import t from 'tap'
import { Changes } from '../../../bin/get/changes.ts'
import type { Resource } from '../../../bin/get/resource.ts'

interface Item {
  readonly id: number
  readonly state: string
  readonly ageMs: number
}

const resource: Resource<Item> = {
  name: 'items',
  aliases: [],
  views: [],
  namespace: () => '',
  id: ({ id }) => String(id),
  restless: ['ageMs'],
}

t.test('at first everything is new', async (t) => {
  const items = [{ id: 1, state: 'a', ageMs: 0 }]
  t.same(new Changes(resource).next(items), items)
})

t.test('then only what is new or has changed, and what is gone', async (t) => {
  const changes = new Changes(resource)
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
