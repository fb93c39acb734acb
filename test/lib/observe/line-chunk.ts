import t from 'tap'
import { LineChunk } from '../../../lib/observe/line-chunk.ts'

t.test('takes lines until one might not fit, and is empty again when it was cleared', async (t) => {
  const line = 'ü'.repeat(40_000)
  const chunk = new LineChunk(line)
  const lengths = [chunk.add(line), chunk.add(line), chunk.add(line)]
  t.same(lengths, [80_001, 80_001, 0], 'a third could have needed 120,001')
  t.equal(chunk.count, 2)
  t.equal(chunk.bytes.toString(), `${line}\n${line}\n`)
  chunk.clear()
  t.equal(chunk.count, 0)
  t.equal(chunk.bytes.length, 0)
  t.equal(chunk.add('a'), 2)
  t.equal(chunk.bytes.toString(), 'a\n')
})

t.test('has room for the line that it was made for, however long', async (t) => {
  const line = '端'.repeat(100_000)
  t.equal(new LineChunk(line).add(line), 300_001)
})
