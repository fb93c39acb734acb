import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ProcessReader } from '../../../lib/observe/process-reading.ts'

t.test('a process is read as it is', async (t) => {
  const reader = new ProcessReader()
  t.teardown(() => reader.close())
  const { startSeconds, cpuSeconds, residentBytes, heapBytes, externalBytes } = reader.read()
  t.ok(startSeconds > 1.7e9 && startSeconds <= Date.now() / 1000)
  for (const value of [cpuSeconds, residentBytes, heapBytes, externalBytes]) t.ok(value > 0)
})

t.test(
  'an event loop that is held up is late by so much, and the next reading forgets it',
  async (t) => {
    const reader = new ProcessReader()
    t.teardown(() => reader.close())
    t.match(reader.read().eventLoopDelay, { count: 0, sumSeconds: 0 }, 'nothing was measured yet')
    await sleep(300)
    const until = performance.now() + 500
    while (performance.now() < until);
    await sleep(300)
    const held = reader.read().eventLoopDelay
    const longest = held.quantiles.at(-1)
    t.equal(longest?.[0], 1)
    t.ok((longest?.[1] ?? 0) > 0.2, `${longest?.[1]} s`)
    t.ok(held.count > 0 && held.sumSeconds > 0.2)
    await sleep(300)
    const after = reader.read().eventLoopDelay
    t.ok(after.count > held.count && after.sumSeconds >= held.sumSeconds, 'sum and count go on')
  },
)

t.test('descriptors are those of the system, where it tells', async (t) => {
  const limits = (line: string) => t.testdir({ [line]: { fd: { 0: '', 1: '' }, limits: line } })
  const read = (procSelf: string) => {
    const reader = new ProcessReader({ procSelf })
    reader.close()
    return reader.read().descriptors
  }
  const soft = limits('Max open files            1024                 4096                 files')
  const line = 'Max open files            1024                 4096                 files'
  t.strictSame(read(`${soft}/${line}`), { open: 2, limit: 1024 })
  const none = t.testdir({ fd: {}, limits: 'Max open files   unlimited' })
  t.strictSame(read(none), { open: 0, limit: Infinity })
  t.equal(read('/no-such-folder'), undefined)
})
