import t from 'tap'
import { NodeportAddresses } from '../../../lib/portal/nodeport-addresses.ts'
import { interfacesWith } from '../../fixtures/interfaces.ts'

const node = {
  interfaces: interfacesWith(
    '127.0.0.1',
    '::1',
    '192.168.77.1',
    '10.244.0.1',
    'fe80::1',
    'fd00:77::1',
  ),
  nodeAddress: '192.168.77.1',
}
const node6 = { ...node, nodeAddress: 'fd00:77::1' }
const all4 = ['127.0.0.1', '192.168.77.1', '10.244.0.1']
const all6 = ['::1', 'fd00:77::1']

type List = { all: boolean; addresses: string[] }
const cases: readonly (readonly [string, string[], List, List])[] = [
  ['all', ['all'], { all: true, addresses: all4 }, { all: true, addresses: all6 }],
  ['an empty list is all', [], { all: true, addresses: all4 }, { all: true, addresses: all6 }],
  ['localhost', ['localhost'], { all: false, addresses: ['127.0.0.1'] }, { all: false, addresses: ['::1'] }],
  ['primary', ['primary'], { all: false, addresses: ['192.168.77.1'] }, { all: false, addresses: ['fd00:77::1'] }],
  [
    'a family that is not named is served on all its addresses',
    ['192.168.0.0/16'],
    { all: false, addresses: ['192.168.77.1'] },
    { all: true, addresses: all6 },
  ],
  [
    'a block of no length swallows the rest of its family',
    ['192.168.0.0/16', '0.0.0.0/0', 'fd00::/8'],
    { all: true, addresses: all4 },
    { all: false, addresses: ['fd00:77::1'] },
  ],
  [
    'words and blocks in any mix, each address once',
    ['primary', 'localhost', '192.168.77.0/24'],
    { all: false, addresses: ['192.168.77.1', '127.0.0.1'] },
    { all: false, addresses: ['fd00:77::1', '::1'] },
  ],
  [
    'a block that the node has no address of',
    ['203.0.113.0/24', 'fd99::/16'],
    { all: false, addresses: [] },
    { all: false, addresses: [] },
  ],
] // prettier-ignore

for (const [what, list, ipv4, ipv6] of cases) {
  t.test(what, async (t) => {
    const addresses = new NodeportAddresses(list)
    t.strictSame(addresses.list('IPv4', node), ipv4)
    t.strictSame(addresses.list('IPv6', node6), ipv6)
  })
}

t.test('a node without an address of its own has no primary one', async (t) => {
  const nobody = { interfaces: { gone: undefined }, nodeAddress: undefined }
  t.strictSame(new NodeportAddresses(['primary']).list('IPv6', nobody), {
    all: false,
    addresses: [],
  })
})

t.test('names the entry that is neither a word nor a CIDR', async (t) => {
  t.throws(() => new NodeportAddresses(['localhost', 'everywhere']), {
    code: 'ERR_INVALID_OPTION',
    message:
      'nodeportAddresses holds "everywhere"; a list of CIDRs and of the words primary, localhost and all would be right',
  })
})
