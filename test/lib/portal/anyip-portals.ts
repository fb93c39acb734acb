import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { anyIPPortals } from '../../../lib/portal/anyip-portals.ts'
import { servicePort } from '../../fixtures/bound-service-ports.ts'

const options = {
  serviceCIDRs: [CIDR.parse('10.96.0.0/12') as CIDR, CIDR.parse('10.200.0.0/16') as CIDR],
  externalIPCIDRs: [CIDR.parse('192.168.77.0/24') as CIDR],
  isLocal: (address: string) => address === '192.168.77.1',
}

t.test('a cluster IP within the service CIDRs is served, another is not', async (t) => {
  t.strictSame(anyIPPortals(servicePort('a/b', { clusterIP: '10.200.0.1' }), options), [
    { address: '10.200.0.1' },
  ])
  t.strictSame(anyIPPortals(servicePort('a/b', { clusterIP: '10.10.0.1' }), options), [
    { address: '10.10.0.1', leftOut: 'it is not within 10.96.0.0/12 or 10.200.0.0/16' },
  ])
  t.strictSame(anyIPPortals(servicePort('a/b'), options), [])
})

t.test('an external IP needs leave, and has to be the node’s', async (t) => {
  const externalIPs = ['192.168.77.1', '192.168.77.2', '198.51.100.7']
  t.strictSame(anyIPPortals(servicePort('a/b', { externalIPs }), options), [
    { address: '192.168.77.1' },
    {
      address: '192.168.77.2',
      leftOut: 'it is no address of this node, and nothing is redirected',
    },
    { address: '198.51.100.7', leftOut: 'no external IP CIDR allows it' },
  ])
})

t.test(
  'a load-balancer IP has to be the node’s; one of ipMode Proxy is not ours at all',
  async (t) => {
    const loadBalancerIngress = [
      { ip: '192.168.77.1', ipMode: 'VIP' },
      { ip: '203.0.113.9', ipMode: 'VIP' },
      { ip: '203.0.113.10', ipMode: 'Proxy' },
    ] as const
    t.match(anyIPPortals(servicePort('a/b', { loadBalancerIngress }), options), [
      { address: '192.168.77.1', leftOut: undefined },
      { address: '203.0.113.9', leftOut: /no address of this node/ },
    ])
  },
)
