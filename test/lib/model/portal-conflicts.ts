import t from 'tap'
import { portalConflicts } from '../../../lib/model/portal-conflicts.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import { parseObject } from '../../../lib/model/parse-object.ts'
import type { Service } from '../../../lib/model/objects.ts'
import type { ServicePort } from '../../../lib/model/service-port.ts'

function ports(name: string, spec: object): readonly ServicePort[] {
  const parsed = parseObject({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec })
  if (parsed.result !== 'object') throw new Error(JSON.stringify(parsed))
  return servicePortsOf(parsed.object as Service).servicePorts
}

function told(...lists: readonly (readonly ServicePort[])[]): string[] {
  return portalConflicts(lists.flat()).map(
    ({ portal, servicePort, earlier }) => `${servicePort.name.name} ${earlier.name.name} ${portal}`,
  )
}

t.test('two Services with one cluster IP and port are told, by protocol', async (t) => {
  const spec = { clusterIP: '10.96.0.10', ports: [{ port: 80 }] }
  t.same(told(ports('a', spec), ports('b', spec), ports('c', spec)), [
    'b a 10.96.0.10:80/TCP',
    'c a 10.96.0.10:80/TCP',
  ])
  const other = { clusterIP: '10.96.0.10', ports: [{ port: 80, protocol: 'UDP' }] }
  t.same(told(ports('a', spec), ports('b', other)), [])
  t.same(told(ports('a', spec), ports('b', { ...spec, clusterIP: '10.96.0.11' })), [])
})

t.test('a node port of two Services is told once, though both have two families', async (t) => {
  const spec = (n: number): object => ({
    type: 'NodePort',
    clusterIP: `10.96.0.${n}`,
    clusterIPs: [`10.96.0.${n}`, `fd00::${n}`],
    ports: [{ port: 80, nodePort: 30_080 }],
  })
  t.same(told(ports('a', spec(1))), [])
  t.same(told(ports('a', spec(1)), ports('b', spec(2))), ['b a node port 30080/TCP'])
})

t.test('Services that have no address yet are in nobody’s way', async (t) => {
  const spec = { ports: [{ port: 80 }] }
  t.same(told(ports('a', spec), ports('b', spec)), [])
})
