import t from 'tap'
import { LocalAddresses } from '../../../lib/portal/local-addresses.ts'
import { interfacesWith } from '../../fixtures/interfaces.ts'

t.test('one listing serves until the next refresh', async (t) => {
  const states = [interfacesWith('192.168.77.1'), interfacesWith('192.168.77.9')]
  let listings = 0
  const addresses = new LocalAddresses({ interfaces: () => states[listings++] ?? {} })
  t.equal(addresses.nodeAddress('IPv4'), '192.168.77.1')
  t.strictSame(addresses.nodeportAddresses('IPv4'), { all: true, addresses: ['192.168.77.1'] })
  t.equal(addresses.nodeportAddresses('IPv4'), addresses.nodeportAddresses('IPv4'))
  t.equal(addresses.has('192.168.77.1'), true)
  t.equal(listings, 1)
  addresses.refresh()
  t.equal(addresses.has('192.168.77.1'), false)
  t.equal(addresses.nodeAddress('IPv4'), '192.168.77.9')
  t.strictSame(addresses.nodeportAddresses('IPv4').addresses, ['192.168.77.9'])
})

t.test('each question lists by itself where nothing is known', async (t) => {
  const interfaces = () => ({ ...interfacesWith('192.168.77.1'), gone: undefined })
  t.equal(new LocalAddresses({ interfaces }).has('192.168.77.1'), true)
  t.strictSame(new LocalAddresses({ interfaces }).nodeportAddresses('IPv6').addresses, [])
  t.equal(new LocalAddresses({}).has('192.0.2.1'), false)
})

t.test('an address that is given is not looked up', async (t) => {
  const interfaces = () => interfacesWith('192.168.77.1', 'fd00::1')
  const addresses = new LocalAddresses({ interfaces, nodeAddresses: { IPv4: '10.0.0.1' } })
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.1')
  t.equal(addresses.nodeAddress('IPv6'), 'fd00::1')
})

t.test('a listing that fails leaves what was known', async (t) => {
  let fails = true
  const interfaces = () => {
    if (fails) throw new Error('uv_interface_addresses')
    return interfacesWith('192.168.77.1')
  }
  const addresses = new LocalAddresses({ interfaces })
  t.equal(addresses.nodeAddress('IPv4'), undefined)
  fails = false
  addresses.refresh()
  fails = true
  addresses.refresh()
  t.equal(addresses.nodeAddress('IPv4'), '192.168.77.1')
})

t.test('an address is on link where an interface is in its network', async (t) => {
  let address = '192.168.77.1/24'
  const interfaces = () => interfacesWith(address, 'fd00:77::1/64', '10.0.0.1')
  const addresses = new LocalAddresses({ interfaces })
  t.equal(addresses.isOnLink('192.168.77.254'), true)
  t.equal(addresses.isOnLink('fd00:77::ffff'), true)
  t.equal(addresses.isOnLink('192.168.78.1'), false)
  t.equal(addresses.isOnLink('10.0.0.1'), false, 'whose network is not told')
  address = '192.168.78.1/24'
  addresses.refresh()
  t.equal(addresses.isOnLink('192.168.77.254'), false)
  t.equal(addresses.isOnLink('192.168.78.1'), true)
  const gone = new LocalAddresses({ interfaces: () => ({ eth0: undefined }) })
  t.equal(gone.isOnLink('192.168.77.254'), false)
})

t.test('the addresses of the Node go before what is looked up, one of each family', async (t) => {
  const interfaces = () => interfacesWith('10.0.0.1', 'fd00::1', '10.0.0.2', 'fd00::2', '10.0.0.3')
  const addresses = new LocalAddresses({ interfaces, nodeportAddresses: ['primary'] })
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.1')
  addresses.setNode(['10.0.0.2', '10.0.0.3', 'fd00::2'])
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.2')
  t.equal(addresses.nodeAddress('IPv6'), 'fd00::2')
  t.strictSame(addresses.nodeportAddresses('IPv4').addresses, ['10.0.0.2'])
  t.strictSame(addresses.nodeportAddresses('IPv6').addresses, ['fd00::2'])
  addresses.refresh()
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.2', 'and stay')
  addresses.setNode(['10.0.0.3'])
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.3')
  t.equal(addresses.nodeAddress('IPv6'), 'fd00::1', 'a family it does not name is looked up')
  addresses.setNode([])
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.1')
})

t.test('an address of the Node counts only while this machine has it', async (t) => {
  let here = ['10.0.0.1']
  const interfaces = () => ({ ...interfacesWith(...here), gone: undefined })
  const addresses = new LocalAddresses({ interfaces })
  addresses.setNode(['10.0.0.9', '10.0.0.2'])
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.1')
  here = ['10.0.0.1', '10.0.0.2']
  addresses.refresh()
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.2', 'the first of them that is here')
  here = ['10.0.0.1']
  addresses.refresh()
  t.equal(addresses.nodeAddress('IPv4'), '10.0.0.1')
})

t.test(
  'no Node makes loopback or link-local its address, and none overrules what is given',
  async (t) => {
    const interfaces = () => interfacesWith('127.0.0.1', '::1', 'fe80::1', '10.0.0.1', '10.0.0.2')
    const addresses = new LocalAddresses({ interfaces })
    addresses.setNode(['127.0.0.1', '::1', 'fe80::1', '10.0.0.2'])
    t.equal(addresses.nodeAddress('IPv4'), '10.0.0.2')
    t.equal(addresses.nodeAddress('IPv6'), undefined)
    const given = new LocalAddresses({ interfaces, nodeAddresses: { IPv4: '10.0.0.1' } })
    given.setNode(['10.0.0.2'])
    t.equal(given.nodeAddress('IPv4'), '10.0.0.1')
  },
)
