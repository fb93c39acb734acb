import t from 'tap'
import { Link, LinkedList } from '../../../lib/relay/linked-list.ts'

t.test('entries are in the order in which they were added, whichever is deleted', async (t) => {
  for (const gone of [[], ['a'], ['b'], ['c'], ['a', 'b'], ['b', 'c'], ['c', 'b', 'a']]) {
    const list = new LinkedList<string>()
    const links = new Map(['a', 'b', 'c'].map((name) => [name, new Link(name)]))
    for (const link of links.values()) list.add(link)
    for (const name of gone) list.delete(links.get(name) as Link<string>)
    const left = ['a', 'b', 'c'].filter((name) => !gone.includes(name))
    t.same([...list], left)
    t.equal(list.size, left.length)
    t.equal(list.oldest?.entry, left[0])
    list.add(new Link('d'))
    t.same([...list], [...left, 'd'])
  }
})

t.test(
  'what is deleted knows nobody, and deleting it again, or elsewhere, does nothing',
  async (t) => {
    const [list, other] = [new LinkedList<string>(), new LinkedList<string>()]
    const [a, b] = [new Link('a'), new Link('b')]
    list.add(a)
    list.add(b)
    other.delete(a)
    t.same([...list], ['a', 'b'])
    list.delete(a)
    list.delete(a)
    t.same([a.list, a.older, a.newer], [undefined, undefined, undefined])
    t.same([...list], ['b'])
    other.add(a)
    t.same([...other], ['a'])
  },
)

t.test('a loop may delete the entry it is at', async (t) => {
  const list = new LinkedList<Link<never> | string>()
  const links = ['a', 'b', 'c'].map((name) => new Link<Link<never> | string>(name))
  for (const link of links) list.add(link)
  const seen: unknown[] = []
  for (const entry of list) {
    seen.push(entry)
    list.delete(links[seen.length - 1] as Link<Link<never> | string>)
  }
  t.same(seen, ['a', 'b', 'c'])
  t.equal(list.size, 0)
})
