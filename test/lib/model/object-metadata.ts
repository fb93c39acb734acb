import t from 'tap'
import { dnsSubdomain } from '../../../lib/model/dns-name.ts'
import { ObjectField, type ObjectProblem } from '../../../lib/model/object-field.ts'
import { readLabels, readMetadata } from '../../../lib/model/object-metadata.ts'

t.test('the namespace is "default" where the object does not say', async (t) => {
  const problems: ObjectProblem[] = []
  const { namespace, name } = readMetadata(
    new ObjectField({ metadata: { name: 'a.b' } }, problems),
    dnsSubdomain,
  )
  t.strictSame([namespace, name, problems], ['default', 'a.b', []])
})

t.test('labels are plain data, whatever their keys are', async (t) => {
  const problems: ObjectProblem[] = []
  const value = JSON.parse('{"constructor": "a", "__proto__": {"b": "c"}}') as unknown
  const labels = readLabels(new ObjectField(value, problems))
  t.strictSame(Object.keys(labels), ['constructor', '__proto__'])
  t.equal(Object.getPrototypeOf(labels), Object.prototype)
  t.equal(problems.length, 2, 'the key is no label key, and its value no text')
})
