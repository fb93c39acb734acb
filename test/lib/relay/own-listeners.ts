import t from 'tap'
import { OwnListeners } from '../../../lib/relay/own-listeners.ts'

t.test('knows an exact address, by protocol', async (t) => {
  const own = new OwnListeners()
  own.add('TCP', '127.0.0.1', 80)
  t.ok(own.has('TCP', '127.0.0.1', 80))
  t.notOk(own.has('UDP', '127.0.0.1', 80))
  t.notOk(own.has('TCP', '127.0.0.1', 81))
  t.notOk(own.has('TCP', '127.0.0.2', 80))
  own.delete('TCP', '127.0.0.1', 80)
  t.notOk(own.has('TCP', '127.0.0.1', 80))
})

t.test(
  'a wildcard listener is reached by loopback and by every address of this machine',
  async (t) => {
    const own = new OwnListeners({ localAddresses: () => new Set(['192.0.2.1', '2001:db8::1']) })
    own.add('TCP', '0.0.0.0', 80)
    t.ok(own.has('TCP', '127.0.0.9', 80))
    t.ok(own.has('TCP', '192.0.2.1', 80))
    t.notOk(own.has('TCP', '192.0.2.2', 80))
    t.notOk(own.has('TCP', '192.0.2.1', 81))
  },
)

t.test('a wildcard listener is not reached by addresses of the other family', async (t) => {
  const own = new OwnListeners({ localAddresses: () => new Set(['192.0.2.1', '2001:db8::1']) })
  own.add('TCP', '0.0.0.0', 80)
  own.add('TCP', '::', 443)
  const reached = (port: number) =>
    ['127.0.0.1', '192.0.2.1', '::1', '2001:db8::1'].filter((ip) => own.has('TCP', ip, port))
  t.same(reached(80), ['127.0.0.1', '192.0.2.1'])
  t.same(reached(443), ['::1', '2001:db8::1'])
})

t.test('the machine is asked for its addresses where nobody says', async (t) => {
  const own = new OwnListeners()
  own.add('TCP', '::', 80)
  t.notOk(own.has('TCP', '2001:db8::99', 80))
})

t.test('an address that was added twice is ours until it was deleted twice', async (t) => {
  const own = new OwnListeners()
  own.add('UDP', '::1', 53)
  own.add('UDP', '::1', 53)
  own.delete('UDP', '::1', 53)
  t.ok(own.has('UDP', '::1', 53))
  own.delete('UDP', '::1', 53)
  t.notOk(own.has('UDP', '::1', 53))
})

t.test('a port is known as long as any listener has it', async (t) => {
  const own = new OwnListeners()
  const all: readonly (readonly ['TCP' | 'UDP', string, number])[] = [
    ['TCP', '127.0.0.1', 53],
    ['UDP', '127.0.0.1', 53],
    ['TCP', '127.0.0.2', 53],
  ]
  for (const place of all) own.add(...place)
  for (const [index, place] of all.entries()) {
    own.delete(...place)
    own.delete(...place)
    t.same(
      all.map((place) => own.has(...place)),
      all.map((_, other) => other > index),
    )
  }
})
