import { networkInterfaces } from 'node:os'
import t from 'tap'
import type { NetworkInterfaces } from '../../../lib/portal/node-addresses.ts'
import { nodeAddressesOf, readNodeAddresses } from '../../../lib/portal/node-addresses.ts'

const interfaces: NetworkInterfaces = {
  lo: infos('127.0.0.1', '::1'),
  docker0: infos('172.17.0.1', 'fe80::2'),
  eth0: infos('192.168.77.1', 'fe80::1', 'fd00:77::1'),
  gone: undefined,
}

const ipv4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0100A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	024DA8C0	0003	0	0	100	00000000	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
`
const zeros = '0'.repeat(32)
const ipv6 = `fd000077000000000000000000000000 40 ${zeros} 00 ${zeros} 00000100 00000001 00000000 00000001     docker0
${zeros} 00 ${zeros} 00 fd000077000000000000000000000002 00000400 00000001 00000000 00000003     eth0
${zeros} 00 ${zeros} 00 fd000077000000000000000000000002 00000800 00000001 00000000 00000003     wlan0
${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo
`

t.test(
  'the addresses of the interface with the best default route, never a link-local one',
  async (t) => {
    t.strictSame(nodeAddressesOf(interfaces, { ipv4, ipv6 }), {
      IPv4: '192.168.77.1',
      IPv6: 'fd00:77::1',
    })
  },
)

t.test('without a default route the first interface that has a fitting address', async (t) => {
  t.strictSame(nodeAddressesOf(interfaces, { ipv4: '', ipv6: '' }), {
    IPv4: '172.17.0.1',
    IPv6: 'fd00:77::1',
  })
})

t.test('a node with loopback addresses only has none', async (t) => {
  t.strictSame(nodeAddressesOf({ lo: interfaces['lo'] }, { ipv4: '', ipv6: '' }), {})
})

t.test('reads the route files where there are any', async (t) => {
  const own = readNodeAddresses(networkInterfaces())
  const infos = Object.values(networkInterfaces()).flatMap((infos) => infos ?? [])
  const all = new Set(infos.map(({ address }) => address))
  for (const address of Object.values(own)) t.equal(all.has(address), true)
  t.strictSame(readNodeAddresses({}), {})
})

t.test('other systems have no route files: the first interface decides', async (t) => {
  t.strictSame(readNodeAddresses(interfaces, '/no/such/folder'), {
    IPv4: '172.17.0.1',
    IPv6: 'fd00:77::1',
  })
})

function infos(...addresses: string[]): NetworkInterfaces[string] {
  return addresses.map((address) => ({ address }) as NonNullable<NetworkInterfaces[string]>[number])
}
