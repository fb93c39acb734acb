import t from 'tap'
import { ReadBuffers } from '../../../lib/relay/read-buffers.ts'

t.test('a buffer follows the size of the last read, up to the largest', async (t) => {
  const buffers = new ReadBuffers()
  let buffer = buffers.take()
  const sizes = [2047, 2048, 10_000, 16_384, 65_536, 262_144, 262_144, 100].map((length) => {
    buffer = buffers.next(buffer, Math.min(length, buffer.length))
    return buffer.length
  })
  t.same(sizes, [2048, 16_384, 16_384, 65_536, 262_144, 262_144, 262_144, 2048])
})

t.test('what is given back is lent again, and one that stays is not lent', async (t) => {
  const buffers = new ReadBuffers()
  const first = buffers.take()
  t.equal(buffers.next(first, 10), first)
  t.not(buffers.take(), first)
  const grown = buffers.next(first, 2048)
  t.equal(buffers.take(), first, 'left for a larger one')
  buffers.give(grown)
  t.equal(buffers.next(buffers.take(), 2048), grown)
})

t.test('no more than 2 MiB of each size wait to be lent', async (t) => {
  const buffers = new ReadBuffers()
  const lent = Array.from({ length: 1100 }, () => buffers.take())
  for (const buffer of lent) buffers.give(buffer)
  const again = Array.from({ length: 1100 }, () => buffers.take())
  t.equal(again.filter((buffer) => lent.includes(buffer)).length, 1024)
})
