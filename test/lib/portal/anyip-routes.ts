import t from 'tap'
import { CIDR } from '../../../lib/address.ts'
import {
  anyIPRoute,
  isAnyIPRoute,
  isOurs,
  overlappingRoute,
  parseRoutes,
} from '../../../lib/portal/anyip-routes.ts'

const cidr = CIDR.parse('10.96.0.0/12') as CIDR
const cidr6 = CIDR.parse('fd00:10:96::/112') as CIDR

// As iproute2 6.1 prints them.
const routes = parseRoutes(`default via 192.168.77.2 dev eth0
10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1
10.0.0.0/8 proto bird metric 32
	nexthop via 192.168.77.3 dev eth0 weight 1
	nexthop via 192.168.77.4 dev eth0 weight 1
blackhole 10.97.0.0/16 proto bird
local 10.96.0.0/12 dev lo table local proto 85 scope host src 192.168.77.1
local 192.168.77.1 dev eth0 table local proto kernel scope host src 192.168.77.1
local fd00:10:96::/112 dev lo proto 85 metric 1024 pref medium
`)

t.test('reads what ip route prints', async (t) => {
  t.equal(routes.length, 7)
  t.match(routes[0], { type: 'unicast', address: undefined, device: 'eth0', source: undefined })
  t.match(routes[1], {
    type: 'unicast',
    address: '10.244.0.0',
    prefixLength: 24,
    source: '10.244.0.1',
  })
  t.match(routes[2], { address: '10.0.0.0', prefixLength: 8, device: undefined, protocol: 'bird' })
  t.match(routes[5], { type: 'local', address: '192.168.77.1', prefixLength: 32, device: 'eth0' })
  t.equal(parseRoutes('').length, 0)
  t.match(parseRoutes('local ::1 dev lo proto kernel metric 0 pref medium'), [
    { prefixLength: 128 },
  ])
})

t.test(
  'a route that makes a CIDR local is found by what it does, ours by its protocol',
  async (t) => {
    const ours = routes.find((route) => isAnyIPRoute(route, cidr))
    t.match(ours, { source: '192.168.77.1' })
    t.equal(routes.filter((route) => isAnyIPRoute(route, cidr6)).length, 1)
    t.equal(routes.filter(isOurs).length, 2)
    const [foreign] = parseRoutes('local 10.96.0.0/12 dev lo scope host')
    t.equal(foreign && isAnyIPRoute(foreign, cidr) && !isOurs(foreign), true)
    const [elsewhere] = parseRoutes('local 10.96.0.0/12 dev kube-ipvs0 scope host')
    t.equal(elsewhere && isAnyIPRoute(elsewhere, cidr), false)
  },
)

const overlaps: readonly (readonly [string, string, boolean])[] = [
  ['a network within', '10.96.5.0/24 dev eth1', true],
  ['the same network', '10.96.0.0/12 via 192.168.77.2 dev eth0', true],
  ['a host within', '10.100.0.1 dev eth1', true],
  ['a larger network', '10.0.0.0/8 via 192.168.77.2 dev eth0', false],
  ['a larger network that begins alike', '10.96.0.0/11 via 192.168.77.2 dev eth0', false],
  ['another network', '10.244.0.0/24 dev cni0', false],
  ['the default route', 'default via 192.168.77.2 dev eth0', false],
  ['a black hole', 'blackhole 10.96.0.0/16', false],
  ['a local address', 'local 10.96.0.1 dev kube-ipvs0', false],
]
for (const [what, line, isCutOff] of overlaps) {
  t.test(`${what} ${isCutOff ? 'would' : 'would not'} be cut off`, async (t) => {
    t.equal(overlappingRoute(parseRoutes(line), cidr)?.text, isCutOff ? line : undefined)
  })
}

t.test('the route carries our protocol, and the node’s address where it has one', async (t) => {
  t.equal(
    anyIPRoute(cidr, '192.168.77.1').join(' '),
    'local 10.96.0.0/12 dev lo proto 85 src 192.168.77.1',
  )
  t.equal(anyIPRoute(cidr6, undefined).join(' '), 'local fd00:10:96::/112 dev lo proto 85')
})
