import { EventEmitter } from 'node:events'
import t from 'tap'
import { ProxyError } from '../../../../lib/index.ts'
import { answerCalls, Caller, methodsOf } from '../../../../lib/lab/network/rpc.ts'

/** Two ends of a channel in one process. */
function channel() {
  class End extends EventEmitter {
    other: End | undefined
    connected = true
    send(message: unknown): boolean {
      return this.other?.emit('message', structuredClone(message)) ?? false
    }
  }
  const [near, far] = [new End(), new End()]
  near.other = far
  far.other = near
  return { near, far }
}

t.test('calls are answered, in whatever order their results come', async (t) => {
  const { near, far } = channel()
  const gate = Promise.withResolvers<string>()
  const target = { slow: () => gate.promise, add: (a: number, b: number) => a + b }
  answerCalls(far, methodsOf(target))
  const caller = new Caller(near, 'the other end')
  const slow = caller.call('slow')
  t.equal(await caller.call('add', 2, 3), 5)
  gate.resolve('at last')
  t.equal(await slow, 'at last')
})

t.test('errors keep their code', async (t) => {
  const { near, far } = channel()
  answerCalls(far, (method) => {
    if (method === 'known') throw new ProxyError('ERR_UNSUPPORTED', 'not here')
    throw method === 'text' ? 'words' : new Error('boom')
  })
  const caller = new Caller(near, 'the other end')
  await t.rejects(caller.call('known'), { code: 'ERR_UNSUPPORTED', message: 'not here' })
  await t.rejects(caller.call('unknown'), { code: 'ERR_LAB', message: 'boom' })
  await t.rejects(caller.call('text'), { code: 'ERR_LAB', message: 'words' })
})

t.test('who is gone answers nobody', async (t) => {
  const { near, far } = channel()
  const gate = Promise.withResolvers<void>()
  answerCalls(far, () => gate.promise)
  const caller = new Caller(near, 'the other end')
  const waiting = caller.call('wait')
  near.emit('disconnect')
  far.connected = false
  gate.resolve()
  await t.rejects(waiting, { code: 'ERR_LAB', message: 'the other end has ended' })
  await t.rejects(caller.call('again'), { code: 'ERR_LAB' })
})
