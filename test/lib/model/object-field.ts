import t from 'tap'
import { dnsLabel } from '../../../lib/model/dns-name.ts'
import { formatProblem, ObjectField, type ObjectProblem } from '../../../lib/model/object-field.ts'

/** What `read` returns for `value`, and the problems it notes. */
function reading<Result>(value: unknown, read: (field: ObjectField) => Result) {
  const problems: ObjectProblem[] = []
  const result = read(new ObjectField(value, problems))
  return { result, problems: problems.map(formatProblem) }
}

function good<Result>(result: Result) {
  return { result, problems: [] }
}

t.test('an absent field and null are the same', async (t) => {
  for (const value of [{}, { a: null }, null, undefined]) {
    t.strictSame(
      reading(value, (field) => field.at('a').isMissing),
      good(true),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').text(dnsLabel)),
      good(undefined),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').text(dnsLabel, 'x')),
      good('x'),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').boolean(true)),
      good(true),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').boolean(false)),
      good(false),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').integer(0, 9)),
      good(undefined),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').list()),
      good([]),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').entries()),
      good([]),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').oneOf(['x', 'y'])),
      good('x'),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').object().at('b').isMissing),
      good(true),
    )
    t.strictSame(
      reading(value, (field) => field.at('a').or('z').value),
      good('z'),
    )
  }
})

t.test('a field that has to be there is a problem where it is not', async (t) => {
  const table: [(field: ObjectField) => unknown, unknown, string][] = [
    [(field) => field.requiredText({ ...dnsLabel, right: 'a label' }), '', 'a label'],
    [(field) => field.requiredInteger(1, 9), undefined, 'a number from 1 to 9'],
    [(field) => field.requiredOneOf(['x']), undefined, 'x'],
    [(field) => field.requiredOneOf(['x', 'y', 'z']), undefined, 'x, y or z'],
    [(field) => field.requiredAddress(), undefined, 'an IP address'],
    [(field) => field.requiredList('one element'), [], 'one element'],
  ]
  for (const [read, result, right] of table) {
    t.strictSame(
      reading({}, (field) => read(field.at('a'))),
      { result, problems: [`a is missing; ${right} would be right`] },
      right,
    )
  }
})

t.test('a field of another type is a problem that names the type', async (t) => {
  const values: [unknown, string][] = [
    ['x y', '"x y" (a string)'],
    [5, '5 (a number)'],
    [true, 'true (a boolean)'],
    [[], 'a list'],
    [{}, 'an object'],
    [new Date(0), 'an object'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
    [1n, 'a bigint'],
  ]
  const reads: [(field: ObjectField) => unknown, string, string][] = [
    [(field) => field.text({ right: 'r', holds: () => false }), '"x y"', 'r'],
    [(field) => field.integer(6, 9), '5', 'a number from 6 to 9'],
    [(field) => field.boolean(true), 'true', 'true or false'],
    [(field) => field.oneOf(['b', 'c']), '"x y"', 'b or c'],
    [(field) => field.requiredAddress(), '"x y"', 'an IP address'],
    [(field) => field.list(), 'a list', 'a list'],
    [(field) => field.requiredList('one element'), 'a list', 'a list'],
    [(field) => field.object(), 'an object', 'an object'],
  ]
  for (const [read, own, right] of reads) {
    for (const [value, described] of values) {
      const { problems } = reading({ a: value }, (field) => read(field.at('a')))
      const isOwn = described.startsWith(own)
      if (isOwn && (own === 'true' || own === 'a list' || own === 'an object')) continue
      const what = isOwn ? own : described
      t.strictSame(problems, [`a is ${what}; ${right} would be right`], `${right} ${described}`)
    }
  }
})

t.test('a number where its text would be right is a text without quotes', async (t) => {
  const { problems } = reading({ a: 12, b: true, c: 1.5 }, (field) => {
    for (const key of ['a', 'b', 'c']) field.at(key).text({ ...dnsLabel, right: 'a label' })
  })
  t.strictSame(problems, [
    'a is 12 (a number); "12", in quotes, would be right',
    'b is true (a boolean); "true", in quotes, would be right',
    'c is 1.5 (a number); a label would be right',
  ])
})

t.test('numbers have to be whole and in range', async (t) => {
  const port = (value: unknown) =>
    reading({ port: value }, (field) => field.at('port').integer(1, 9))
  t.strictSame(port(1), good(1))
  t.strictSame(port(9), good(9))
  for (const value of [0, 10, Number.NaN, Infinity, -1]) {
    t.strictSame(port(value).problems, [`port is ${value}; a number from 1 to 9 would be right`])
  }
  t.strictSame(port(1.5).problems, ['port is 1.5; a whole number from 1 to 9 would be right'])
  t.strictSame(port('5').problems, ['port is "5" (a string); a number from 1 to 9 would be right'])
})

t.test('addresses come in canonical form and of the family that is asked for', async (t) => {
  const address = (value: string, family?: 'IPv4' | 'IPv6') =>
    reading(value, (field) => field.requiredAddress('R', family))
  t.strictSame(address('10.0.0.1'), good('10.0.0.1'))
  t.strictSame(address('FD00:0::1', 'IPv6'), good('fd00::1'))
  t.strictSame(address('::ffff:10.0.0.1', 'IPv4'), good('10.0.0.1'))
  t.strictSame(address('10.0.0.1', 'IPv6').problems, ['this is "10.0.0.1"; R would be right'])
  t.strictSame(address('010.0.0.1').problems, ['this is "010.0.0.1"; R would be right'])
})

t.test('what is inherited is no field', async (t) => {
  const value = JSON.parse('{"__proto__": {"a": 1}, "b": {}}') as unknown
  t.strictSame(
    reading(value, (field) => field.at('a').isMissing),
    good(true),
  )
  t.strictSame(
    reading(value, (field) => field.at('__proto__').at('a').value),
    good(1),
  )
  t.strictSame(
    reading(value, (field) => field.at('b').at('constructor').isMissing),
    good(true),
  )
  t.strictSame(
    reading('text', (field) => field.at('length').isMissing),
    good(true),
  )
})

t.test('of a wrong object only that is told, not what is missing in it', async (t) => {
  const { problems } = reading({ spec: [] }, (field) => {
    const spec = field.at('spec').object()
    spec.at('ports').requiredList('ports')
    spec.at('a').at('b').requiredInteger(1, 2)
  })
  t.strictSame(problems, ['spec is a list; an object would be right'])
})

t.test('a problem has its path, and names its end', async (t) => {
  const problems: ObjectProblem[] = []
  const field = new ObjectField({ spec: { ports: [{ 'a/b': ['x'] }], empty: [] } }, problems)
  const [port] = field.at('spec').at('ports').list()
  port?.at('a/b').list()[0]?.refuse('y')
  port?.at('port').problem('is odd', 'an even one')
  field.at('spec').at('empty').requiredList('one')
  field.refuse('something')
  new ObjectField({ 'a/b': [1] }, problems).at('a/b').list()[0]?.refuse('something')
  t.strictSame(problems, [
    {
      path: ['spec', 'ports', 0, 'a/b', 0],
      message: 'ports[0]["a/b"][0] is "x"; y would be right',
    },
    { path: ['spec', 'ports', 0, 'port'], message: 'port is odd; an even one would be right' },
    { path: ['spec', 'empty'], message: 'empty is empty; one would be right' },
    { path: [], message: 'this is an object; something would be right' },
    { path: ['a/b', 0], message: '["a/b"][0] is 1; something would be right' },
  ])
  t.strictSame(problems.map(formatProblem), [
    'spec.ports[0]["a/b"][0] is "x"; y would be right',
    'spec.ports[0].port is odd; an even one would be right',
    'spec.empty is empty; one would be right',
    'this is an object; something would be right',
    '["a/b"][0] is 1; something would be right',
  ])
})

t.test('a value from outside cannot write on the terminal', async (t) => {
  const { problems } = reading({ 'k\u001b': `\u001b[2J${'y'.repeat(99)}` }, (field) =>
    field.at('k\u001b').text(dnsLabel),
  )
  t.equal(problems.length, 1)
  t.match(problems[0], /^\["k\\u\{1b\}"\] is "\\u\{1b\}\[2Jy{76}…"; /)
})
