import t from 'tap'
import type { Service } from '../../../lib/model/objects.ts'
import { PortalClaims } from '../../../lib/model/portal-claims.ts'
import type { ServicePort } from '../../../lib/model/service-port.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import { portOf, serviceOf } from '../../fixtures/model-objects.ts'

function portsOf(name: string, changes: Partial<Service> = {}): readonly ServicePort[] {
  return servicePortsOf(serviceOf({ name, clusterIPs: ['10.96.0.10'], ...changes })).servicePorts
}

function onlyPort(name: string, changes: Partial<Service> = {}): ServicePort {
  return portsOf(name, changes)[0] as ServicePort
}

const portal = '10.96.0.10:80/TCP'

/** What each has that others have too, as `a: portal b c`. */
function shared(claims: PortalClaims, ...servicePorts: readonly ServicePort[]): string[] {
  return servicePorts.flatMap((servicePort) =>
    claims
      .shared(servicePort)
      .map(({ portal, others }) =>
        [`${servicePort.name.name}:`, portal, ...others.map(({ name }) => name.name)].join(' '),
      ),
  )
}

t.test('who comes later is in the way of who was first, and both know of each other', async (t) => {
  const claims = new PortalClaims()
  const [a, b, c] = [onlyPort('a'), onlyPort('b'), onlyPort('c')]
  t.same(claims.set(a), [])
  t.same(claims.set(b), [{ portal, servicePort: b, earlier: a }])
  t.same(claims.set(c), [{ portal, servicePort: c, earlier: a }])
  t.same(shared(claims, a, b, c), [`a: ${portal} b c`, `b: ${portal} a c`, `c: ${portal} a b`])
  claims.delete(a.key)
  t.same(shared(claims, a, b, c), [`b: ${portal} c`, `c: ${portal} b`])
  claims.delete(a.key)
  claims.delete(b.key)
  claims.delete(c.key)
  t.same(claims.set(a), [])
})

t.test('a change keeps the place in the order, and tells what is new only', async (t) => {
  const claims = new PortalClaims()
  const local = { type: 'NodePort', externalTrafficPolicy: 'Local' } as const
  claims.set(onlyPort('a'))
  claims.set(onlyPort('b'))
  t.same(claims.set(onlyPort('a', local)), [])
  const again = onlyPort('b', { ...local, ports: [portOf({ nodePort: 30_080 })] })
  t.same(claims.set(again), [])
  const c = onlyPort('c', { ...local, ports: [portOf({ nodePort: 30_080 })] })
  t.match(claims.set(c), [
    { portal, earlier: { name: { name: 'a' } } },
    { portal: 'node port 30080/TCP', earlier: again },
  ])
  const moved = onlyPort('a', { clusterIPs: ['10.96.0.11'] })
  t.same(claims.set(moved), [])
  t.same(shared(claims, moved), [])
})

t.test('the families of one Service are not in the way of each other', async (t) => {
  const claims = new PortalClaims()
  const clusterIPs = ['10.96.0.10', 'fd00::10']
  const ports = [portOf({ nodePort: 30_080 })]
  const both = portsOf('a', { type: 'NodePort', clusterIPs, ports })
  t.equal(both.length, 2)
  for (const servicePort of both) t.same(claims.set(servicePort), [])
  t.same(shared(claims, ...both), [])
})

t.test('a protocol is a portal of its own, and no address is none', async (t) => {
  const claims = new PortalClaims()
  claims.set(onlyPort('a'))
  t.same(claims.set(onlyPort('b', { ports: [portOf({ protocol: 'UDP' })] })), [])
  t.same(claims.set(onlyPort('c', { clusterIPs: [] })), [])
  t.same(claims.set(onlyPort('d', { clusterIPs: [] })), [])
})
