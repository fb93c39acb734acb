import t from 'tap'
import { NonePortalBinder } from '../../../lib/portal/none-portal-binder.ts'
import { plannedListeners } from '../../../lib/portal/planned-listeners.ts'
import { servicePort } from '../../fixtures/bound-service-ports.ts'

t.test('every listener is at its first choice; a port that is to be chosen is 0', async (t) => {
  const one = servicePort('a/b', { port: 8080 })
  t.strictSame(plannedListeners(new NonePortalBinder(), one), {
    servicePort: one,
    listeners: [{ role: 'proxy-port', address: '127.0.0.1', port: 8080 }],
  })
  const any = {
    listenAddresses: () => [{ role: 'proxy-port', address: '::', ports: [0] } as const],
  }
  t.match(plannedListeners(any, one), { listeners: [{ port: 0 }] })
  const none = {
    listenAddresses: () => [{ role: 'proxy-port', address: '::', ports: [] } as const],
  }
  t.match(plannedListeners(none, one), { listeners: [{ port: 0 }] })
})
