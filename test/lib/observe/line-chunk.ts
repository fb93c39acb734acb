import t from 'tap'
import { LineChunk } from '../../../lib/observe/line-chunk.ts'
import { lineOf } from '../../fixtures/line.ts'

t.test('takes lines until one does not fit, and is empty again when it was cleared', async (t) => {
  const text = 'ü'.repeat(50_000)
  const line = lineOf(text)
  const chunk = new LineChunk(line)
  const lengths = [chunk.add(line), chunk.add(line), chunk.add(line)]
  t.same(lengths, [100_001, 100_001, 0])
  t.equal(chunk.count, 2)
  t.equal(chunk.bytes.toString(), `${text}\n${text}\n`)
  chunk.clear()
  t.equal(chunk.count, 0)
  t.equal(chunk.bytes.length, 0)
  t.equal(chunk.add(lineOf('a')), 2)
  t.equal(chunk.bytes.toString(), 'a\n')
})

t.test('a line that just fits is taken', async (t) => {
  const chunk = new LineChunk(lineOf(''))
  t.equal(chunk.add(lineOf('x'.repeat(256 * 1024))), 0)
  t.equal(chunk.add(lineOf('x'.repeat(256 * 1024 - 1))), 256 * 1024)
})

t.test('has room for the line that it was made for, however long', async (t) => {
  const line = lineOf('端'.repeat(100_000))
  t.equal(new LineChunk(line).add(line), 300_001)
})
