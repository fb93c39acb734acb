import t from 'tap'
import { formatProblem, ObjectField, type ObjectProblem } from '../../../lib/model/object-field.ts'
import { refuseRepeated } from '../../../lib/model/repeated-fields.ts'

t.test('each repetition points at the first of its kind', async (t) => {
  const problems: ObjectProblem[] = []
  const list = new ObjectField({ ports: [1, 2, 3, 4, 5, 6] }, problems).at('ports').list()
  const texts = ['a', 'b', 'a', undefined, undefined, 'a']
  refuseRepeated(
    list.map((element, i) => ({ field: element.at('name'), text: texts[i] })),
    'another',
  )
  t.strictSame(problems.map(formatProblem), [
    'ports[2].name is a, as in ports[0]; another would be right',
    'ports[5].name is a, as in ports[0]; another would be right',
  ])
})
