import t from 'tap'
import { ManifestContents, placeObject } from '../../../lib/source/manifest-contents.ts'
import { endpointsObject, serviceObject } from '../../fixtures/kubernetes-objects.ts'

const text = 'one\ntwo\nthree\n'

function contents(...values: [unknown, number][]): ManifestContents {
  const all = new ManifestContents(text, 'shop.yaml')
  for (const [value, offset] of values) all.add(placeObject({ value, offsetOf: () => offset }))
  return all
}

t.test('objects have their places, problems stand in the order of the text', async (t) => {
  const all = contents([serviceObject(), 4], [{ kind: 'Pod' }, 4], ['x', 9], [{ kind: 'Pod' }, 9])
  all.problem(5, 'a; b would be right')
  const { objects, skipped, problems } = all.result()
  t.match(objects, [{ object: { kind: 'Service', name: 'web' }, location: 'shop.yaml:2:1' }])
  t.strictSame([...skipped], [['Pod', 2]])
  t.match(problems, [
    {
      code: 'ERR_INVALID_MANIFEST',
      location: 'shop.yaml:2:2',
      message: 'shop.yaml:2:2: a; b would be right',
    },
    {
      location: 'shop.yaml:3:2',
      message: 'shop.yaml:3:2: this is "x" (a string); an object would be right',
    },
  ])
})

t.test('contents of one text can be put together', async (t) => {
  const all = contents([serviceObject(), 0], [{ kind: 'Pod' }, 0])
  all.problem(0, 'first')
  const more = contents([serviceObject(), 4], [endpointsObject([]), 4], [{ kind: 'Pod' }, 4])
  for (let i = 0; i < 1100; i++) more.problem(9, `${i}`)
  all.addAll(more)
  const { objects, skipped, problems } = all.result()
  t.strictSame(
    objects.map(({ object, location }) => `${object.kind} ${location}`),
    ['Service shop.yaml:1:1', 'Endpoints shop.yaml:2:1'],
  )
  t.strictSame([...skipped], [['Pod', 2]])
  t.strictSame(
    [problems[0], problems[1], problems[2], problems[20]].map((error) => error?.message),
    [
      'shop.yaml:1:1: first',
      'shop.yaml:2:1: Service default/web is also at shop.yaml:1:1; one of the two would be right',
      'shop.yaml:3:2: 0',
      'shop.yaml: and 1082 more problems',
    ],
  )
})
