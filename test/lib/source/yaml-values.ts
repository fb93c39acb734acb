import t from 'tap'
import { Composer, Parser, type ParsedNode } from 'yaml'
import { YamlValues } from '../../../lib/source/yaml-values.ts'

/** The value of a YAML text, its problems, and the text at each path that is asked for. */
function read(text: string) {
  const problems: string[] = []
  const values = new YamlValues((offset, what, right) =>
    problems.push(`${offset} ${what}; ${right}`),
  )
  const [document] = new Composer({ uniqueKeys: false }).compose(new Parser().parse(text))
  const { value, offsetOf } = values.read(document?.contents as ParsedNode)
  const at = (...path: (string | number)[]) => text.slice(offsetOf(path)).split('\n', 1)[0]
  return { value, problems, at }
}

t.test('maps, lists and scalars become plain values', async (t) => {
  const { value, problems } = read('a: [1, x, true, null, ]\n2: {b: }\n? c\n"<<": {d: 1}\n')
  t.strictSame(value, { a: [1, 'x', true, null], 2: { b: null }, c: null, '<<': { d: 1 } })
  t.strictSame(problems, [])
})

t.test('the key __proto__ is a key like any other', async (t) => {
  const { value } = read('__proto__: {a: 1}')
  t.strictSame(Object.keys(value as object), ['__proto__'])
  t.equal((value as { a?: number }).a, undefined)
})

t.test('an alias is what its last anchor before it stands for', async (t) => {
  const { value, problems } = read('- &a 1\n- *a\n- &a {b: 2}\n- *a\n- {&k key: 3, *k : 4}\n')
  t.strictSame(value, [1, 1, { b: 2 }, { b: 2 }, { key: 3 }])
  t.strictSame(problems, ['43 key key is there twice; once'])
})

t.test('aliases of nothing and of themselves are problems', async (t) => {
  const { value, problems } = read('a: *b\nb: &b [1, *b]\nc: *b\n')
  t.strictSame(value, { a: undefined, b: [1, undefined], c: [1, undefined] })
  t.strictSame(problems, [
    '3 *b stands for nothing; an anchor &b before it',
    '16 *b is part of what it stands for; another value',
  ])
})

t.test('aliases may not stand for more than fits in memory', async (t) => {
  const laughs = Array.from('bcdefghijk', (name, i) => {
    const before = String.fromCharCode(name.charCodeAt(0) - 1)
    return `- &${name} [${`*${before},`.repeat(i < 9 ? 10 : 1)}]`
  })
  const { problems } = read(`- &a [${'lol,'.repeat(10)}]\n${laughs.join('\n')}\n`)
  t.equal(problems.length, 1)
  t.match(
    problems[0],
    /^\d+ the aliases up to \*d stand for more than 100000 values; fewer of them$/,
  )
})

t.test('the same anchor may be used often', async (t) => {
  const { value, problems } = read(`- &a {b: c}\n${'- *a\n'.repeat(10_000)}`)
  t.equal((value as unknown[]).length, 10_001)
  t.strictSame(problems, [])
})

t.test('merge keys bring in what is not there, the first source first', async (t) => {
  const { value, problems } = read(
    '- &a {x: 1, y: 1}\n- &b {x: 2, z: 2}\n- {<<: *a, y: 9}\n- {<<: [*b, *a]}\n- {<<: {v: 1}, <<: *a}\n',
  )
  t.strictSame((value as unknown[]).slice(2), [
    { x: 1, y: 9 },
    { x: 2, y: 1, z: 2 },
    { v: 1, x: 1, y: 1 },
  ])
  t.strictSame(problems, [])
})

t.test('merge keys of other things are problems', async (t) => {
  const { problems } = read('- {<<: 5}\n- {<<: [[]]}\n- {<<: }\n- {<<: *no}\n')
  t.strictSame(problems, [
    '3 << is no object; an alias of one',
    '13 << is no object; an alias of one',
    '26 << is no object; an alias of one',
    '39 *no stands for nothing; an anchor &no before it',
  ])
})

t.test('keys have to be texts, and there once', async (t) => {
  const { value, problems } = read('[a]: 1\nb: 1\n"b": 2\n')
  t.strictSame(value, { b: 1 })
  t.strictSame(problems, [
    '0 this key is a list or an object; a text',
    '12 key b is there twice; once',
  ])
})

t.test('fields are found by their paths, through aliases and merges too', async (t) => {
  const { at } = read(`base: &base
  port: &port 80
  list: [a, b]
one:
  - name: x
    port: *port
two:
  <<: *base
three:
  <<: [*base, {q: r}]
  empty:
*port : key
four: *base
? five
`)
  t.equal(at('one', 0, 'name'), 'x')
  t.equal(at('one', 0, 'port'), '*port')
  t.equal(at('one', 0), 'name: x')
  t.equal(at('one', 0, 'missing'), 'name: x')
  t.equal(at('one', 7, 'missing'), 'one:')
  t.equal(at('two', 'list', 1), 'b]')
  t.equal(at('two', 'missing'), 'two:')
  t.equal(at('three', 'q'), 'r}]')
  t.equal(at('three', 'empty'), 'empty:')
  t.equal(at('three', 'empty', 'deeper'), 'empty:')
  t.equal(at('80'), 'key')
  t.equal(at('four', 'port'), '&port 80'.slice(6))
  t.equal(at('five'), 'five')
  t.equal(at('five', 'deeper'), 'five')
  t.equal(at('missing'), 'base: &base')
})

t.test('below a broken alias the alias is the place', async (t) => {
  const { at } = read('a: *nobody\n[b]: 1\n')
  t.equal(at('a', 'x'), 'a: *nobody')
  t.equal(at('b'), 'a: *nobody')
})

t.test('values of other types of YAML are left as they are', async (t) => {
  const { value, problems } = read('a: !!binary aGk=\nb: !!omap [c: 1]\nd: !!set {e}\n')
  t.match(value, { a: Uint8Array, b: [null], d: { e: null } })
  t.strictSame(problems, [])
})
