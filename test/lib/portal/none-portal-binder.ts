import t from 'tap'
import { NonePortalBinder } from '../../../lib/portal/none-portal-binder.ts'
import {
  everyWay,
  listenAddresses,
  servicePort,
  threeEntries,
} from '../../fixtures/bound-service-ports.ts'
import { interfacesWith } from '../../fixtures/interfaces.ts'
import { nodeOf } from '../../fixtures/model-objects.ts'

const interfaces = () => interfacesWith('127.0.0.1', '::1', '192.168.77.1')

t.test('a ServicePort listens on localhost, at its own port if it can', async (t) => {
  t.strictSame(listenAddresses(new NonePortalBinder(), servicePort('a/b', { port: 8081 })), [
    { role: 'proxy-port', address: '127.0.0.1', ports: [8081, 0] },
  ])
})

t.test('a port that needs a right has a likeness that needs none', async (t) => {
  const [listen] = listenAddresses(new NonePortalBinder(), servicePort('a/b', { port: 80 }))
  t.strictSame(listen?.ports, [80, 8080, 0])
})

const binds: readonly (readonly [string, string, string])[] = [
  ['127.0.0.1', '127.0.0.1', '::1'],
  ['0.0.0.0', '0.0.0.0', '::'],
  ['::1', '127.0.0.1', '::1'],
  ['192.168.77.1', '192.168.77.1', '192.168.77.1'],
]
for (const [bindAddress, ipv4, ipv6] of binds) {
  t.test(
    `bound to ${bindAddress}, IPv6 Services are at ${ipv6} and IPv4 ones at ${ipv4}`,
    async (t) => {
      const binder = new NonePortalBinder({ bindAddress })
      t.match(listenAddresses(binder, servicePort('a/b')), [{ address: ipv4 }])
      t.match(listenAddresses(binder, servicePort('a/b', { family: 'IPv6' })), [{ address: ipv6 }])
    },
  )
}

t.test('a node port is on localhost too', async (t) => {
  const binder = new NonePortalBinder({ interfaces })
  const listen = (family: 'IPv4' | 'IPv6') =>
    listenAddresses(binder, servicePort('a/b', { family, nodePort: 30_080 })).slice(1)
  t.strictSame(listen('IPv4'), [{ role: 'node-port', address: '127.0.0.1', ports: [30_080] }])
  t.strictSame(listen('IPv6'), [{ role: 'node-port', address: '::1', ports: [30_080] }])
})

t.test(
  'a Service that no cluster has given a family has its node port on both localhosts',
  async (t) => {
    const one = servicePort('a/b', { nodePort: 30_080, endpointFamilies: ['IPv4', 'IPv6'] })
    const listen = listenAddresses(new NonePortalBinder({ interfaces }), one)
    t.strictSame(
      listen.map(({ address }) => address),
      ['127.0.0.1', '127.0.0.1', '::1'],
    )
  },
)

t.test('node ports are where they are asked for', async (t) => {
  const binder = new NonePortalBinder({ interfaces, nodeportAddresses: ['192.168.0.0/16'] })
  const listen = listenAddresses(binder, servicePort('a/b', { nodePort: 30_080 }))
  t.strictSame(listen.slice(1), [{ role: 'node-port', address: '192.168.77.1', ports: [30_080] }])
})

t.test('a node port that is the port itself is not listened on twice', async (t) => {
  const one = servicePort('a/b', {
    port: 30_080,
    nodePort: 30_080,
    endpointFamilies: ['IPv4', 'IPv6'],
  })
  const listen = (bindAddress: string) =>
    listenAddresses(new NonePortalBinder({ bindAddress, interfaces }), one).map(
      ({ address }) => address,
    )
  t.strictSame(listen('127.0.0.1'), ['127.0.0.1', '::1'])
  t.strictSame(listen('0.0.0.0'), ['0.0.0.0', '::1'])
})

t.test(
  'each entry is listened for where its ways are; external addresses are left alone',
  async (t) => {
    const binder = new NonePortalBinder({ interfaces })
    const one = everyWay('a/b', { port: 8081, policies: threeEntries })
    const proxyPort = { role: 'proxy-port', address: '127.0.0.1', ports: [8081, 0] }
    const nodePort = { role: 'node-port', address: '127.0.0.1', ports: [30_080] }
    t.strictSame(listenAddresses(binder, everyWay('a/b', { port: 8081 })), [proxyPort, nodePort])
    t.strictSame(listenAddresses(binder, one), [proxyPort])
    t.strictSame(listenAddresses(binder, one, 'external'), [nodePort])
    t.strictSame(listenAddresses(binder, one, 'load-balancer'), [])
  },
)

t.test('the Node says which of our addresses is the primary', async (t) => {
  const binder = new NonePortalBinder({
    interfaces: () => interfacesWith('127.0.0.1', '10.0.0.1', '192.168.77.1'),
    nodeportAddresses: ['primary'],
  })
  const nodePort = () => listenAddresses(binder, servicePort('a/b', { nodePort: 30_080 }))[1]
  t.equal(nodePort()?.address, '10.0.0.1')
  binder.setNode(nodeOf({ addresses: ['192.168.77.200', '192.168.77.1'] }))
  t.equal(nodePort()?.address, '192.168.77.1')
  binder.setNode(undefined)
  t.equal(nodePort()?.address, '10.0.0.1')
})

t.test('nothing of the kernel is touched; a sync only looks at the addresses again', async (t) => {
  let listings = 0
  const binder = new NonePortalBinder({ interfaces: () => (listings++, interfaces()) })
  t.equal(binder.mode, 'none')
  await binder.start()
  await binder.sync()
  t.equal(listings, 1)
  await binder.close()
  await binder.close()
})
