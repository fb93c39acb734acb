import t from 'tap'
import { ToldListeners } from '../../../../lib/relay/workers/told-listeners.ts'

t.test('each change is kept, and told', async (t) => {
  const told: unknown[] = []
  const listeners = new ToldListeners((listener) => told.push(listener))
  const place = { protocol: 'TCP', address: '127.0.0.1', port: 80 } as const
  listeners.add('TCP', '127.0.0.1', 80)
  t.ok(listeners.has('TCP', '127.0.0.1', 80))
  listeners.delete('TCP', '127.0.0.1', 80)
  t.notOk(listeners.has('TCP', '127.0.0.1', 80))
  t.strictSame(told, [
    { ...place, isBound: true },
    { ...place, isBound: false },
  ])
})
