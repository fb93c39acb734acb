import type { NetworkInterfaceInfo } from 'node:os'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import { CIDR } from '../../lib/address.ts'
import { hostCIDR, nodeClients } from '../../lib/node-clients.ts'

function infos(...addresses: readonly string[]): NetworkInterfaceInfo[] {
  return addresses.map((address) => ({ address })) as NetworkInterfaceInfo[]
}

const loopback = ['127.0.0.0/8', '::1/128']

t.test('the node itself is inside, by every unicast address it has', async (t) => {
  const interfaces = {
    lo: infos('127.0.0.1', '::1'),
    eth0: infos('192.0.2.1', 'FE80::1', 'fe80::2%en0', '2001:DB8::1'),
    docker0: infos('169.254.1.1'),
    gone: undefined,
  }
  t.strictSame(nodeClients({ clusterCIDRs: [], podCIDRs: [], interfaces }), {
    addresses: ['192.0.2.1', '2001:db8::1'],
    cidrs: [...loopback, '192.0.2.1/32', '2001:db8::1/128'],
  })
})

t.test(
  'the pods of the cluster are inside; where they are not known, those of the node',
  async (t) => {
    const [clusterCIDRs, podCIDRs] = [['10.244.0.0/16', 'fd00::/48'], ['10.244.1.0/24']]
    const rows = [
      { given: { clusterCIDRs, podCIDRs }, pods: clusterCIDRs },
      { given: { clusterCIDRs, podCIDRs: [] }, pods: clusterCIDRs },
      { given: { clusterCIDRs: [], podCIDRs }, pods: podCIDRs },
      { given: { clusterCIDRs: [], podCIDRs: [] }, pods: [] },
    ]
    for (const { given, pods } of rows) {
      t.strictSame(nodeClients({ ...given, interfaces: {} }), {
        addresses: [],
        cidrs: [...loopback, ...pods],
      })
    }
  },
)

t.test('all of it can be parsed, on this machine too', async (t) => {
  const { cidrs, addresses } = nodeClients({
    clusterCIDRs: [],
    podCIDRs: [],
    interfaces: networkInterfaces(),
  })
  for (const cidr of cidrs) t.ok(CIDR.parse(cidr), cidr)
  for (const address of addresses) t.ok(CIDR.parse(hostCIDR(address))?.contains(address), address)
})
