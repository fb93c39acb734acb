import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import { anyIPPortals } from '../../../lib/portal/anyip-portals.ts'
import { servicePort } from '../../fixtures/bound-service-ports.ts'

const options = {
  serviceCIDRs: [CIDR.parse('10.96.0.0/12') as CIDR, CIDR.parse('10.200.0.0/16') as CIDR],
  externalIPCIDRs: ['192.168.77.0/24', '198.51.100.0/24', '2001:db8::/32'].map(
    (text) => CIDR.parse(text) as CIDR,
  ),
  isLocal: (address: string) => address === '192.168.77.1',
  isOnLink: (address: string) => address.startsWith('192.168.77.'),
}

t.test('a cluster IP within the service CIDRs is served, another is not', async (t) => {
  t.strictSame(anyIPPortals(servicePort('a/b', { clusterIP: '10.200.0.1' }), options), [
    { way: 'cluster-ip', address: '10.200.0.1' },
  ])
  t.strictSame(anyIPPortals(servicePort('a/b', { clusterIP: '10.10.0.1' }), options), [
    {
      way: 'cluster-ip',
      address: '10.10.0.1',
      leftOut: 'it is not within 10.96.0.0/12 or 10.200.0.0/16',
    },
  ])
  t.strictSame(anyIPPortals(servicePort('a/b'), options), [])
})

t.test('an external IP needs leave, and is the node’s or gets a route', async (t) => {
  const externalIPs = ['192.168.77.1', '198.51.100.7', '203.0.113.9']
  t.strictSame(anyIPPortals(servicePort('a/b', { externalIPs }), options), [
    { way: 'external-ip', address: '192.168.77.1' },
    { way: 'external-ip', address: '198.51.100.7', needsRoute: true },
    { way: 'external-ip', address: '203.0.113.9', leftOut: 'no external IP CIDR allows it' },
  ])
})

t.test('an external IP that a neighbour may have, or of a family we do not serve', async (t) => {
  const leftOut = 'it is no address of this node, and nothing is redirected'
  const externalIPs = ['192.168.77.2', '2001:db8::7']
  t.strictSame(
    anyIPPortals(servicePort('a/b', { externalIPs }), options),
    externalIPs.map((address) => ({ way: 'external-ip', address, leftOut })),
  )
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
      { way: 'load-balancer-ip', address: '192.168.77.1', leftOut: undefined },
      { way: 'load-balancer-ip', address: '203.0.113.9', leftOut: /no address of this node/ },
    ])
  },
)
