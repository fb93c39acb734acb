import t from 'tap'
import { PortAllocator } from '../../../lib/relay/port-allocator.ts'

t.test('without a range the kernel chooses', async (t) => {
  const ports = new PortAllocator({ range: undefined, random: () => 0.5 })
  t.equal(ports.take(), 0)
  t.equal(ports.take(), 0)
  t.equal(ports.size, 1)
  ports.release(0)
})

t.test('every port of the range is given once, beginning anywhere, and then none', async (t) => {
  const ports = new PortAllocator({ range: { first: 8000, last: 8003 }, random: () => 0.6 })
  t.same(
    [ports.take(), ports.take(), ports.take(), ports.take(), ports.take()],
    [8002, 8003, 8000, 8001, undefined],
  )
  t.equal(ports.size, 4)
  ports.release(8003)
  t.equal(ports.take(), 8003)
  t.equal(ports.take(), undefined)
})
