import t from 'tap'
import { TimeSlice } from '../../../lib/source/time-slice.ts'
import { readYaml, type YamlEvent } from '../../../lib/source/yaml-reader.ts'

async function events(text: string): Promise<YamlEvent[]> {
  const told: YamlEvent[] = []
  for await (const event of readYaml(text, new TimeSlice(10))) told.push(event)
  return told
}

/** `count` items of some 130 characters each. */
function items(count: number, item = (i: number) => `{n: ${i}, s: ${'x'.repeat(110)}}`): string {
  return Array.from({ length: count }, (_, i) => `- ${item(i)}\n`).join('')
}

function summary(event: YamlEvent): string {
  if (event.type === 'problem') return event.message
  if (event.type === 'items') return `${event.items.length > 0 ? 'some' : 'no'} items`
  return `document ${JSON.stringify(event.document?.value)?.slice(0, 40)}`
}

t.test('documents are told in their order, empty ones too', async (t) => {
  t.strictSame((await events('---\n---\na: 1\n...\n# c\n---\nb: 2\n')).map(summary), [
    'document null',
    'document {"a":1}',
    'document {"b":2}',
  ])
  t.strictSame((await events('')).map(summary), ['document undefined'])
})

t.test('a broken document does not hide the ones around it', async (t) => {
  t.strictSame((await events('a: 1\n---\nb: [\n---\nc: 3\n---\nd: *d\n')).map(summary), [
    'document {"a":1}',
    'no valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; the same indentation for all fields of an object, and every bracket closed, would be right',
    'document undefined',
    'document {"c":3}',
    '*d stands for nothing; an anchor &d before it would be right',
    'document undefined',
  ])
})

t.test('a long list is told piece by piece, each item once and in order', async (t) => {
  const told = await events(`a: 1\n---\nkind: List\nitems:\n${items(3000)}last: true\n`)
  t.ok(told.filter(({ type }) => type === 'items').length > 3, 'in several pieces')
  const values = told.flatMap((event) => {
    if (event.type === 'items') return event.items.map(({ value }) => value)
    if (event.type !== 'document' || event.document === undefined) return []
    return (event.document.value as { items?: unknown[] }).items ?? []
  })
  t.strictSame(
    values.map((value) => (value as { n: number }).n),
    Array.from({ length: 3000 }, (_, i) => i),
  )
  t.match(told[0], { type: 'document', document: { value: { a: 1 } } })
  t.match(told.at(-1), { type: 'document', document: { value: { kind: 'List', last: true } } })
})

t.test('only a list named items is told piece by piece', async (t) => {
  for (const text of [items(1500), `list:\n${items(1500)}`, `? [items]\n:\n${items(1500)}`]) {
    t.notOk((await events(text)).some(({ type }) => type === 'items'))
  }
})

t.test('anchors last for the whole list, and no longer', async (t) => {
  const item = (i: number) => (i === 0 ? `&first {s: ${'x'.repeat(110)}}` : '*first')
  const list = `items:\n${items(1, item)}${items(2000)}- *first\n`
  const text = `${list}---\na: *first\n`
  const told = await events(text)
  t.ok(told.some(({ type }) => type === 'items'))
  t.strictSame(
    told.slice(-3).map(({ type }) => type),
    ['document', 'problem', 'document'],
  )
  t.match(told.at(-2), {
    offset: text.lastIndexOf('*'),
    message: '*first stands for nothing; an anchor &first before it would be right',
  })
  const { document } = told.at(-3) as { document: { value: { items: object[] } } }
  t.match(document.value.items.at(-1), { s: 'x'.repeat(110) })
})

t.test('a fault in a piece of a list is told where it is', async (t) => {
  const item = (i: number) => `{n: ${i}, ${i === 1000 ? 'n' : 's'}: ${'x'.repeat(110)}}`
  const text = `items:\n${items(2000, item)}`
  const told = await events(text)
  const problems = told.filter((event) => event.type === 'problem')
  t.strictSame(problems, [
    {
      type: 'problem',
      offset: text.indexOf(' n: x') + 1,
      message: 'key n is there twice; once would be right',
    },
  ])
  t.ok(told.some((event) => event.type === 'items' && event.items.length === 0))
})

t.test('an object that is too long or too deep ends the reading', async (t) => {
  const long = await events(
    `a: 1\n---\n${'# c\n'.repeat(10)}b: ${'x\n  '.repeat(700_000)}\n---\nc: 1\n`,
  )
  t.strictSame(long.map(summary), [
    'document {"a":1}',
    'this object is longer than 2 MiB; a shorter one would be right',
  ])
  const deep = await events(`a: 1\n---\n${'{b: '.repeat(300)}\n---\nc: 1\n`)
  t.strictSame(deep.map(summary), [
    'document {"a":1}',
    'nested more than 200 levels deep; less would be right',
  ])
})

t.test('a long list of which each item is short is not too long', async (t) => {
  const told = await events(`items:\n${items(20_000)}`)
  t.equal(told.at(-1)?.type, 'document')
  t.notOk(told.some(({ type }) => type === 'problem'))
})
