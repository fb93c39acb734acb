import fc from 'fast-check'
import t from 'tap'
import { unknownFields } from '../../../lib/model/unknown-fields.ts'

function found(value: unknown, kind = 'Service'): [path: string, message: string][] {
  return [...unknownFields(value, kind)].map(({ path, message }) => [path.join('.'), message()])
}

t.test('a misspelt field is found wherever it is, with the name that is nearest', async (t) => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', label: { app: 'web' } },
    spec: {
      sessionAfinity: 'ClientIP',
      ports: [{ port: 80 }, { port: 81, targetPorts: 8080, targetport: 1 }],
    },
  }
  const tail = 'is no field of a Service here and is ignored'
  t.same(found(service), [
    ['metadata.label', `label ${tail}; labels would be right`],
    ['spec.sessionAfinity', `sessionAfinity ${tail}; sessionAffinity would be right`],
    ['spec.ports.1.targetPorts', `targetPorts ${tail}; targetPort would be right`],
    ['spec.ports.1.targetport', `targetport ${tail}; targetPort would be right`],
  ])
})

t.test('a field in the wrong place is sent to the right one', async (t) => {
  t.match(found({ sessionAffinity: 'ClientIP' }), [
    ['sessionAffinity', /; spec\.sessionAffinity would be right$/],
  ])
  t.match(found({ endpoints: [{ ready: true }] }, 'EndpointSlice'), [
    [
      'endpoints.0.ready',
      /^ready is no field of an EndpointSlice .*; endpoints\.conditions\.ready would be right$/,
    ],
  ])
})

t.test('nothing is proposed for a name like no other', async (t) => {
  t.same(found({ spec: { x: 1 } }), [['spec.x', 'x is no field of a Service here and is ignored']])
})

t.test('keys of labels, annotations and selectors are free', async (t) => {
  const free = { 'example.com/a': 'b', nmae: 'c' }
  t.same(found({ metadata: { labels: free, annotations: free }, spec: { selector: free } }), [])
})

t.test('a field that is inherited by all objects is not known', async (t) => {
  t.match(found(JSON.parse('{"constructor":1,"__proto__":{}}')), [
    ['constructor', /^constructor is no/],
    ['__proto__', /^\["__proto__"\] is no/],
  ])
})

t.test('an object of another kind has no fields that are known or unknown', async (t) => {
  t.same(found({ x: 1 }, 'Pod'), [])
  t.same(found({ x: 1 }, 'toString'), [])
})

t.test('values of wrong types are left to those who read them', async (t) => {
  for (const value of [null, 1, 'text', { spec: 'text' }, { spec: { ports: [[{ x: 1 }]] } }]) {
    t.same(found(value), [])
  }
})

t.test('whatever the object, its unknown fields are really there', async (t) => {
  const keys = fc.constantFrom('spec', 'ports', 'metadata', 'x', '-')
  fc.assert(
    fc.property(fc.object({ key: keys }), (value) => {
      for (const { path, message } of unknownFields(value, 'Service')) {
        const parent = path.slice(0, -1).reduce<unknown>((at, key) => at && at[key as never], value)
        t.ok(Object.hasOwn(parent as object, path.at(-1) as string), message())
      }
    }),
  )
})
