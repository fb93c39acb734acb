import t from 'tap'
import { KnownServicePorts } from '../../lib/known-service-ports.ts'
import type { Service } from '../../lib/model/objects.ts'
import type { ServicePort } from '../../lib/model/service-port.ts'
import { servicePortsOf } from '../../lib/model/service-ports.ts'
import { Counts } from '../../lib/relay/counts.ts'
import { portOf, serviceOf } from '../fixtures/model-objects.ts'

const key = 'default/web:http/TCP/IPv4'

function servicePort(fields: Partial<Service> = {}): ServicePort {
  return servicePortsOf(serviceOf(fields)).servicePorts[0] as ServicePort
}

/** Two entries: internal and external. */
function splitPort(): ServicePort {
  return servicePort({
    type: 'NodePort',
    ports: [portOf({ nodePort: 30_080 })],
    externalTrafficPolicy: 'Local',
  })
}

function statusOf(key: string, ...ports: readonly number[]) {
  const listeners = ports.map((port) => {
    const error = port === 0 ? 'EADDRINUSE' : undefined
    return { role: 'proxy-port' as const, address: '127.0.0.1', port, error }
  })
  return { key, listeners, counts: new Counts().snapshot() }
}

t.test('it says whether a ServicePort has changed, and what it was', async (t) => {
  const known = new KnownServicePorts()
  const first = servicePort()
  t.strictSame(known.set(first), {
    before: undefined,
    hasChanged: true,
    removed: [],
    conflicts: [],
  })
  const same = servicePort()
  t.strictSame(known.set(same), { before: first, hasChanged: false, removed: [], conflicts: [] })
  const other = servicePort({ clusterIPs: ['10.96.0.11'] })
  t.strictSame(known.set(other), { before: same, hasChanged: true, removed: [], conflicts: [] })
  t.equal(known.ofSocket(key), other)
})

t.test('the sockets of entries that are no more are told', async (t) => {
  const known = new KnownServicePorts()
  const split = splitPort()
  t.same(known.set(split).removed, [])
  t.equal(known.ofSocket(key), split)
  t.equal(known.ofSocket(`${key}/external`), split)
  t.same(known.set(servicePort()).removed, [`${key}/external`])
  t.equal(known.ofSocket(`${key}/external`), undefined)
  t.same(known.set(split).removed, [], 'one that comes takes none away')
})

t.test('a ServicePort that is forgotten takes all its sockets along', async (t) => {
  const known = new KnownServicePorts()
  known.set(splitPort())
  const other = servicePort({ name: 'other' })
  known.set(other)
  t.same(known.delete(key), [key, `${key}/external`])
  t.same(known.delete(key), [])
  t.equal(known.ofSocket(key), undefined)
  t.equal(known.ofSocket(other.key), other)
  t.match(known.set(splitPort()), { before: undefined, hasChanged: true })
})

t.test('what is bound is joined with what was programmed, entry by entry', async (t) => {
  const known = new KnownServicePorts()
  const split = splitPort()
  known.set(split)
  const bound = known.bound([
    statusOf(key, 40_001),
    statusOf(`${key}/external`, 40_002, 0),
    statusOf('default/unknown:http/TCP/IPv4', 40_003),
  ])
  t.strictSame(
    bound.map(({ servicePort, entry, listeners }) => [
      servicePort === split,
      entry.name,
      listeners.map(({ port }) => port),
    ]),
    [
      [true, 'internal', [40_001]],
      [true, 'external', [40_002]],
    ],
    'a listener that is not bound is not there',
  )
})

t.test('a listener is told with the name of its ServicePort', async (t) => {
  const known = new KnownServicePorts()
  known.set(splitPort())
  const { listeners } = statusOf(`${key}/external`, 40_002)
  const [listener] = listeners as [(typeof listeners)[number]]
  t.strictSame(known.listenerInfo(`${key}/external`, listener), {
    servicePort: 'default/web:http',
    ...listener,
  })
  known.set(servicePort())
  t.equal(known.listenerInfo(`${key}/external`, listener), undefined, 'its entry is no more')
})

t.test('listeners that are not bound are told, of sockets that are known', async (t) => {
  const known = new KnownServicePorts()
  known.set(splitPort())
  const statuses = [
    statusOf(key, 0, 40_001),
    statusOf(`${key}/external`, 0),
    statusOf('default/unknown:http/TCP/IPv4', 0),
  ]
  const unbound = {
    servicePort: 'default/web:http',
    role: 'proxy-port',
    address: '127.0.0.1',
    port: 0,
    error: 'EADDRINUSE',
  }
  t.strictSame(known.unbound(statuses), [unbound, unbound])
  known.set(servicePort())
  t.strictSame(known.unbound(statuses), [unbound])
})
