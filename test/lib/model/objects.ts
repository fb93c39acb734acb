import t from 'tap'
import { objectKey } from '../../../lib/model/objects.ts'

t.test('objects of two kinds, namespaces or names have two keys', async (t) => {
  const keys = [
    objectKey({ kind: 'Service', namespace: 'a', name: 'b' }),
    objectKey({ kind: 'Endpoints', namespace: 'a', name: 'b' }),
    objectKey({ kind: 'Service', namespace: 'b', name: 'b' }),
    objectKey({ kind: 'Service', namespace: 'a', name: 'a' }),
    objectKey({ kind: 'Node', namespace: '', name: 'b' }),
  ]
  t.same(keys, ['Service/a/b', 'Endpoints/a/b', 'Service/b/b', 'Service/a/a', 'Node//b'])
})
