import t from 'tap'
import { NonePortalBinder } from '../../../lib/portal/none-portal-binder.ts'
import { plannedListeners } from '../../../lib/portal/planned-listeners.ts'
import { everyWay, servicePort, threeEntries } from '../../fixtures/bound-service-ports.ts'

t.test('every listener is at its first choice; a port that is to be chosen is 0', async (t) => {
  const one = servicePort('a/b', { port: 8080 })
  t.strictSame(plannedListeners(new NonePortalBinder(), one), [
    {
      servicePort: one,
      entry: one.entries[0],
      listeners: [{ role: 'proxy-port', address: '127.0.0.1', port: 8080 }],
    },
  ])
  const any = {
    listenAddresses: () => [{ role: 'proxy-port', address: '::', ports: [0] } as const],
  }
  t.match(plannedListeners(any, one), [{ listeners: [{ port: 0 }] }])
  const none = {
    listenAddresses: () => [{ role: 'proxy-port', address: '::', ports: [] } as const],
  }
  t.match(plannedListeners(none, one), [{ listeners: [{ port: 0 }] }])
})

t.test('every entry is asked for by itself', async (t) => {
  const one = everyWay('a/b', { policies: threeEntries })
  const ports = { internal: 1, external: 2, 'load-balancer': 3 }
  const planned = plannedListeners(
    {
      listenAddresses: (servicePort, { name }) => {
        t.equal(servicePort, one)
        return [{ role: 'proxy-port', address: '::', ports: [ports[name], 0] }]
      },
    },
    one,
  )
  t.strictSame(
    planned.map(({ entry, listeners }) => [entry.name, listeners[0]?.port]),
    Object.entries(ports),
  )
  t.equal(
    planned.every(({ servicePort }) => servicePort === one),
    true,
  )
})
