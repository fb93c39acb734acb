import t from 'tap'
import type { Service } from '../../../lib/model/objects.ts'
import { PortalAddresses } from '../../../lib/model/portal-addresses.ts'
import type { ServicePort } from '../../../lib/model/service-port.ts'
import { CIDR } from '../../../lib/address.ts'
import { servicePortsOf } from '../../../lib/model/service-ports.ts'
import { portOf, serviceOf } from '../../fixtures/model-objects.ts'

const anyExternalIP = {
  externalIPCIDRs: [CIDR.parse('0.0.0.0/0') as CIDR, CIDR.parse('::/0') as CIDR],
}

function servicePort(fields: Partial<Service>): ServicePort {
  return servicePortsOf(serviceOf(fields), anyExternalIP).servicePorts[0] as ServicePort
}

t.test(
  'cluster IP, external IPs and load-balancer IPs are portals, at the port of the Service',
  async (t) => {
    const portals = new PortalAddresses()
    const port = servicePort({
      externalIPs: ['192.0.2.1'],
      loadBalancerIngress: [
        { ip: '203.0.113.1', ipMode: 'VIP' },
        { ip: '203.0.113.2', ipMode: 'Proxy' }, // left to the real load balancer
      ],
    })
    t.strictSame(portals.add(port), ['10.96.0.10:80', '192.0.2.1:80', '203.0.113.1:80'])
    t.ok(portals.has('10.96.0.10:80', 'TCP'))
    t.notOk(portals.has('10.96.0.10:80', 'UDP'))
    t.notOk(portals.has('10.96.0.10:8080', 'TCP'))
    t.notOk(portals.has('203.0.113.2:80', 'TCP'))
  },
)

t.test('IPv6 portals are written as endpoints are', async (t) => {
  const portals = new PortalAddresses()
  t.strictSame(portals.add(servicePort({ clusterIPs: ['fd00::a'] })), ['[fd00::a]:80'])
})

t.test('a ServicePort without addresses has no portals', async (t) => {
  const portals = new PortalAddresses()
  t.strictSame(portals.add(servicePort({ clusterIPs: [] })), [])
})

t.test('an address stays a portal until the last who named it is gone', async (t) => {
  const portals = new PortalAddresses()
  const one = servicePort({ externalIPs: ['192.0.2.1'] })
  const two = servicePort({ name: 'two', clusterIPs: ['10.96.0.20'], externalIPs: ['192.0.2.1'] })
  t.strictSame(portals.add(one), ['10.96.0.10:80', '192.0.2.1:80'])
  t.strictSame(portals.add(two), ['10.96.0.20:80'])
  t.strictSame(portals.delete(one), ['10.96.0.10:80'])
  t.ok(portals.has('192.0.2.1:80', 'TCP'))
  t.strictSame(portals.delete(two), ['10.96.0.20:80', '192.0.2.1:80'])
  t.notOk(portals.has('192.0.2.1:80', 'TCP'))
})

t.test('an address that one ServicePort names twice comes and goes once', async (t) => {
  const portals = new PortalAddresses()
  const port = servicePort({
    externalIPs: ['192.0.2.1'],
    loadBalancerIngress: [{ ip: '192.0.2.1', ipMode: 'VIP' }],
  })
  t.strictSame(portals.add(port), ['10.96.0.10:80', '192.0.2.1:80'])
  t.strictSame(portals.delete(port), ['10.96.0.10:80', '192.0.2.1:80'])
})

t.test('the two protocols share no portal', async (t) => {
  const portals = new PortalAddresses()
  portals.add(servicePort({}))
  const udp = servicePort({ ports: [portOf({ protocol: 'UDP' })] })
  t.strictSame(portals.add(udp), ['10.96.0.10:80'])
  t.strictSame(portals.delete(udp), ['10.96.0.10:80'])
  t.ok(portals.has('10.96.0.10:80', 'TCP'))
  t.notOk(portals.has('10.96.0.10:80', 'UDP'))
})
