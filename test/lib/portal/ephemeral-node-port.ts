import t from 'tap'
import type { ServicePort } from '../../../lib/model/service-port.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import { ephemeralNodePort } from '../../../lib/portal/ephemeral-node-port.ts'
import { portOf, serviceOf } from '../../fixtures/model-objects.ts'

function servicePort(nodePort: number, name = 'http'): ServicePort {
  const service = serviceOf({ type: 'NodePort', ports: [portOf({ nodePort, name })] })
  return servicePortsOf(service).servicePorts[0] as ServicePort
}

const range = { text: '32768-60999', has: (port: number) => port >= 32_768 && port <= 60_999 }

t.test('a node port within the ephemeral range is warned of, with the remedy', async (t) => {
  const warning = ephemeralNodePort(servicePort(40_000), () => range)
  t.match(warning, { name: 'ProxyError', code: 'ERR_PORTAL', servicePort: 'default/web:http' })
  t.equal(warning?.reason, 'NodePortInEphemeralRange')
  t.equal(
    warning?.message,
    'default/web:http: node port 40000 lies in the ephemeral range 32768-60999, where any program may hold it; 40000 in net.ipv4.ip_local_reserved_ports would keep it free',
  )
  t.match(ephemeralNodePort(servicePort(32_768, ''), () => range)?.message, /^default\/web: /)
})

t.test('a node port out of it, or none, is no matter', async (t) => {
  t.equal(
    ephemeralNodePort(servicePort(30_080), () => range),
    undefined,
  )
  const unread = (): never => {
    throw new Error('the range is read for a ServicePort that has no node port')
  }
  t.equal(ephemeralNodePort(servicePort(0), unread), undefined)
})
