import fc from 'fast-check'
import t from 'tap'
import { parseObject } from '../../../lib/model/parse-object.ts'
import {
  endpointSliceObject,
  endpointsObject,
  nodeObject,
  problemsOf,
  serviceObject,
} from '../../fixtures/kubernetes-objects.ts'

t.test('the kind decides how an object is read', async (t) => {
  for (const value of [serviceObject(), endpointSliceObject(), endpointsObject([]), nodeObject()]) {
    t.match(parseObject(value), { result: 'object', object: { kind: value['kind'] } })
  }
})

t.test('an object of another kind is skipped', async (t) => {
  t.strictSame(parseObject({ kind: 'Deployment', spec: 5 }), {
    result: 'skipped',
    kind: 'Deployment',
  })
  t.strictSame(parseObject({ kind: 'PodList' }), { result: 'skipped', kind: 'PodList' })
  t.strictSame(parseObject({ kind: 'toString' }), { result: 'skipped', kind: 'toString' })
})

t.test('a kind of ours in another API is skipped and named with it', async (t) => {
  const table: [string, string][] = [
    ['Service', 'serving.knative.dev/v1'],
    ['EndpointSlice', 'discovery.k8s.io/v1alpha1'],
    ['EndpointSlice', 'example.com/v1'],
    ['Endpoints', 'example.com/v1'],
  ]
  for (const [kind, apiVersion] of table) {
    const skipped = { result: 'skipped', kind: `${kind} (${apiVersion})` }
    t.strictSame(parseObject({ apiVersion, kind }), skipped)
  }
})

t.test('a kind of ours in an API of Kubernetes that has no such kind is a mistake', async (t) => {
  const table: [unknown, string][] = [
    ['v2', '"v2"'],
    ['apps/v1', '"apps/v1"'],
    ['networking.k8s.io/v1', '"networking.k8s.io/v1"'],
    ['example.com', '"example.com"'],
    ['example.com/\u0000', '"example.com/\\u{0}"'],
    [1, '1 (a number)'],
  ]
  for (const [apiVersion, described] of table) {
    t.strictSame(problemsOf({ ...serviceObject(), apiVersion }), [
      `apiVersion is ${described}; v1 would be right`,
    ])
  }
  t.strictSame(problemsOf(endpointSliceObject({ apiVersion: 'v1' })), [
    'apiVersion is "v1"; discovery.k8s.io/v1 or discovery.k8s.io/v1beta1 would be right',
  ])
  t.strictSame(problemsOf(endpointsObject([], { apiVersion: undefined })), [
    'apiVersion is missing; v1 would be right',
  ])
})

t.test('what is no object, or does not say its kind, is a problem', async (t) => {
  t.strictSame(problemsOf('web'), ['this is "web" (a string); an object would be right'])
  t.strictSame(problemsOf([]), ['this is a list; an object would be right'])
  const right = 'Service, EndpointSlice, Endpoints or Node would be right'
  for (const value of [null, undefined, {}]) {
    t.strictSame(problemsOf(value), [`kind is missing; ${right}`])
  }
  t.strictSame(problemsOf({ kind: 5 }), [`kind is 5 (a number); ${right}`])
  t.strictSame(problemsOf({ kind: ['Service'] }), [`kind is a list; ${right}`])
  t.strictSame(problemsOf({ kind: '\u001b[2J' }), [`kind is "\\u{1b}[2J"; ${right}`])
})

t.test('a list is opened, and says the type of its items', async (t) => {
  t.strictSame(parseObject({ kind: 'List', apiVersion: 'v1', items: [1, null] }), {
    result: 'list',
    items: [1, undefined],
    itemType: {},
  })
  t.strictSame(parseObject({ kind: 'ServiceList', apiVersion: 'v1', items: null }), {
    result: 'list',
    items: [],
    itemType: { apiVersion: 'v1', kind: 'Service' },
  })
  t.strictSame(problemsOf({ kind: 'EndpointsList', items: {} }), [
    'items is an object; a list would be right',
  ])
})

t.test('an object that does not say its type has the one of its list', async (t) => {
  const { apiVersion, kind, ...item } = serviceObject()
  t.match(parseObject(item, { apiVersion, kind }), { result: 'object', object: { name: 'web' } })
  t.match(parseObject(endpointsObject([]), { apiVersion, kind }), { object: { kind: 'Endpoints' } })
})

// Arbitrary JSON seldom looks like an object of ours: one value is put at a place where something is read.
const places = [
  serviceObject(),
  endpointSliceObject({
    endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'zone-a' }] } }],
  }),
  endpointsObject([{ addresses: [{ ip: '::1' }] }]),
  nodeObject({
    spec: { podCIDRs: ['10.244.1.0/24'], taints: [{ key: 'a' }] },
    status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
  }),
]
  .map((value) => JSON.parse(JSON.stringify(value)) as Tree)
  .flatMap((tree) => pathsOf(tree).map((path) => ({ tree, path })))

type Tree = { [key: string]: Tree }

function pathsOf(tree: unknown): string[][] {
  if (typeof tree !== 'object' || tree === null) return [[]]
  return [
    [],
    ...Object.entries(tree).flatMap(([key, child]) => pathsOf(child).map((path) => [key, ...path])),
  ]
}

function replace(tree: Tree, [key, ...rest]: string[], value: Tree): Tree {
  if (key === undefined) return value
  const copy = (Array.isArray(tree) ? [...tree] : { ...tree }) as Tree
  copy[key] = replace(tree[key] as Tree, rest, value)
  return copy
}

t.test('no value makes it throw, and what is wrong has a path into the value', async (t) => {
  const outcomes = new Set<string>()
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), ({ tree, path }, value) => {
      const object = replace(tree, path, value as unknown as Tree)
      const parsed = parseObject(object)
      outcomes.add(parsed.result)
      if (parsed.result === 'invalid') {
        return parsed.problems.every(({ message }) => message.endsWith(' would be right'))
      }
      return (
        parsed.result !== 'object' || structuredClone(parsed.object).kind === parsed.object.kind
      )
    }),
    { numRuns: 2000 },
  )
  t.ok(outcomes.has('invalid') && outcomes.has('object'), 'both good and bad values were met')
})
