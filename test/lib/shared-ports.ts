import t from 'tap'
import type { ListenAddress } from '../../lib/model/listen-address.ts'
import { SharedPorts } from '../../lib/shared-ports.ts'

const place = { protocol: 'TCP', address: '127.0.0.1', port: 8080 } as const

/** A bind that tells what was done, and fails as often as it is told to. */
function recorder(failures: readonly boolean[] = []) {
  const done: string[] = []
  const bind = async (isExclusive: boolean) => {
    const what = isExclusive ? 'own' : 'shared'
    const fails = failures[done.filter((step) => step !== 'close').length] ?? false
    done.push(fails ? `${what} failed` : what)
    if (fails) throw new Error(what)
    return { close: () => void done.push('close') }
  }
  return { done, bind }
}

t.test('a port is bound for a moment by itself before the parent is asked for it', async (t) => {
  const ports = new SharedPorts()
  const { done, bind } = recorder()
  await ports.bind(place, bind)
  t.same(done, ['own', 'close', 'shared'])
  t.same(ports.state(), { held: ['TCP 127.0.0.1 8080'], ports: {} })
  ports.release(place)
  t.same(ports.state().held, [])
})

t.test('the parent is not asked for a port that others have', async (t) => {
  const ports = new SharedPorts()
  const { done, bind } = recorder([true, false, false])
  await t.rejects(ports.bind(place, bind), { message: 'own' })
  await ports.bind(place, bind)
  t.same(done, ['own failed', 'own', 'close', 'shared'])
})

t.test('what the parent holds it is asked for at once, the first time', async (t) => {
  const former = { held: ['TCP 127.0.0.1 8080'], ports: {} }
  const ports = new SharedPorts(former)
  const { done, bind } = recorder()
  await ports.bind({ ...place, protocol: 'UDP' }, bind)
  await ports.bind(place, bind)
  await ports.bind(place, bind)
  t.same(done, ['own', 'close', 'shared', 'shared', 'own', 'close', 'shared'])
})

t.test('what the parent could not give it is never asked for again', async (t) => {
  const ports = new SharedPorts({ held: ['TCP 127.0.0.1 8080'], ports: {} })
  const { done, bind } = recorder([true])
  await t.rejects(ports.bind(place, bind), { message: 'shared' })
  await ports.bind(place, bind)
  t.same(done, ['shared failed', 'own'])
  t.same(ports.state().held, [], 'the next process cannot have it')
})

t.test('a listener has its former port first, where it may have that', async (t) => {
  const former = { held: [], ports: { any: 12_345, own: 9080, other: 81 } }
  const ports = new SharedPorts(former)
  const wanted = (list: number[]): ListenAddress => ({
    role: 'proxy-port',
    address: '127.0.0.1',
    ports: list,
  })
  t.same(ports.wanted('any', wanted([80, 0])).ports, [12_345, 80, 0])
  t.same(ports.wanted('own', wanted([1080, 9080])).ports, [9080, 1080])
  t.same(ports.wanted('other', wanted([80])).ports, [80], 'the node port is another one now')
  t.same(ports.wanted('new', wanted([80])).ports, [80])
})

t.test('the ports of listeners are noted for the next process', async (t) => {
  const ports = new SharedPorts()
  ports.note('a', 1)
  ports.note('b', 2)
  ports.note('b', 0)
  t.same(ports.state().ports, { a: 1 })
})
