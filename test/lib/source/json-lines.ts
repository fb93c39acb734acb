import t from 'tap'
import { readJsonLines } from '../../../lib/source/json-lines.ts'

async function* stream(chunks: Iterable<Uint8Array>, onEnd = (): void => {}) {
  try {
    yield* chunks
  } finally {
    onEnd()
  }
}

async function read(...texts: string[]): Promise<unknown[]> {
  return all(stream(texts.map((text) => Buffer.from(text))))
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const value of readJsonLines(chunks)) values.push(value)
  return values
}

t.test('a value for each line, wherever the chunks are cut', async (t) => {
  const text = '{"a":"é😀"}\n\n[1]\r\n"x"\n'
  const bytes = Buffer.from(text)
  for (let size = 1; size <= bytes.length; size++) {
    const chunks: Buffer[] = []
    for (let i = 0; i < bytes.length; i += size) chunks.push(bytes.subarray(i, i + size))
    t.strictSame(await all(stream(chunks)), [{ a: 'é😀' }, [1], 'x'])
  }
  t.strictSame(await read(), [])
})

t.test('a line that is cut off is an error, even if it is JSON by accident', async (t) => {
  await t.rejects(read('1\n', '2'), { message: 'the stream has ended within a line' })
  await t.rejects(read('{"a":'), { message: 'the stream has ended within a line' })
})

t.test('a line that is no JSON is an error, and has its cause', async (t) => {
  await t.rejects(read('1\n<html>\n'), {
    message: 'a line is no JSON',
    cause: { name: 'SyntaxError' },
  })
})

t.test('a line without an end is an error', async (t) => {
  const mebibyte = Buffer.alloc(1024 * 1024, 'x')
  const lines = readJsonLines(stream(Array.from({ length: 100 }, () => mebibyte)))
  await t.rejects(lines.next(), { message: 'a line is longer than 67108864 characters' })
})

t.test('who reads no further ends the stream', async (t) => {
  let isOver = false
  const chunks = [Buffer.from('1\n2\n'), Buffer.from('3\n')]
  for await (const value of readJsonLines(stream(chunks, () => (isOver = true)))) {
    t.equal(value, 1)
    break
  }
  t.ok(isOver)
})
