import { readFileSync } from 'node:fs'
import t from 'tap'
import type { AnyIPPortalBinderOptions } from '../../../lib/portal/anyip-portal-binder.ts'
import { AnyIPPortalBinder } from '../../../lib/portal/anyip-portal-binder.ts'
import type { ServicePort } from '../../../lib/model/service-port.ts'
import {
  everyWay,
  listenAddresses,
  servicePort,
  threeEntries,
  unbound,
} from '../../fixtures/bound-service-ports.ts'
import { FakeIpRoute } from '../../fixtures/fake-ip-route.ts'
import { interfacesWith } from '../../fixtures/interfaces.ts'
import { nodeOf } from '../../fixtures/model-objects.ts'

const ours = 'local 10.96.0.0/12 dev lo proto 85 src 192.168.77.1'
const ours6 = 'local fd00:10:96::/112 dev lo proto 85 src fd00:77::1'

function binderWith(options: Partial<AnyIPPortalBinderOptions> = {}) {
  const fake = new FakeIpRoute()
  const warnings: string[] = []
  const binder = new AnyIPPortalBinder({
    serviceCIDRs: ['10.96.0.0/12', 'fd00:10:96::/112'],
    interfaces: () => interfacesWith('127.0.0.1', '::1', '192.168.77.1', 'fd00:77::1'),
    nodeAddresses: { IPv4: '192.168.77.1', IPv6: 'fd00:77::1' },
    run: fake.run,
    readFile: async () => '1\n',
    warn: (message) => warnings.push(message),
    ...options,
  })
  return { fake, binder, warnings }
}

t.test(
  'a Service is listened for at its cluster IP, and at its node port on each address',
  async (t) => {
    const { binder } = binderWith()
    const one = servicePort('a/b', { clusterIP: '10.96.0.1', nodePort: 30_080 })
    t.equal(binder.mode, 'anyip')
    t.strictSame(listenAddresses(binder, one), [
      { role: 'portal', address: '10.96.0.1', ports: [80] },
      { role: 'node-port', address: '127.0.0.1', ports: [30_080] },
      { role: 'node-port', address: '192.168.77.1', ports: [30_080] },
    ])
    t.strictSame(
      listenAddresses(binder, servicePort('a/b', { family: 'IPv6', clusterIP: 'fd00:10:96::1' })),
      [{ role: 'portal', address: 'fd00:10:96::1', ports: [80] }],
    )
    t.strictSame(listenAddresses(binder, servicePort('a/b')), [])
    t.strictSame(listenAddresses(binder, servicePort('a/b', { clusterIP: '10.10.0.1' })), [])
  },
)

t.test(
  'an external IP that is the node’s is listened for once, also where it is the node port',
  async (t) => {
    const { binder } = binderWith({
      externalIPCIDRs: ['192.168.77.0/24'],
      nodeportAddresses: ['primary'],
    })
    const one = servicePort('a/b', {
      port: 30_080,
      nodePort: 30_080,
      externalIPs: ['192.168.77.1'],
    })
    t.strictSame(listenAddresses(binder, one), [
      { role: 'node-port', address: '192.168.77.1', ports: [30_080] },
    ])
  },
)

t.test('each entry is listened for where its ways are', async (t) => {
  const { binder } = binderWith({
    externalIPCIDRs: ['198.51.100.0/24'],
    interfaces: () => interfacesWith('192.168.77.1', '203.0.113.9'),
    nodeportAddresses: ['primary'],
  })
  const at = (one: ServicePort) =>
    one.entries.map(({ name }) =>
      listenAddresses(binder, one, name).map(({ address, ports }) => `${address} ${ports.join()}`),
    )
  const internal = '10.96.0.1 80'
  const external = '198.51.100.7 80'
  const loadBalancer = '203.0.113.9 80'
  const nodePort = '192.168.77.1 30080'
  t.strictSame(at(everyWay('a/b')), [[internal, external, loadBalancer, nodePort]])
  t.strictSame(at(everyWay('a/b', { policies: { externalTrafficPolicy: 'Local' } })), [
    [internal],
    [external, loadBalancer, nodePort],
  ])
  t.strictSame(at(everyWay('a/b', { policies: threeEntries })), [
    [internal],
    [external, nodePort],
    [loadBalancer],
  ])
})

t.test('start makes the service CIDRs local, close undoes it, twice without error', async (t) => {
  const { fake, binder } = binderWith()
  await binder.start()
  t.strictSame(fake.routes, { '-4': [ours], '-6': [ours6] })
  t.equal(binder.rules([]), `ip -4 route replace ${ours}\nip -6 route replace ${ours6}\n`)
  await binder.close({ keepPortals: true })
  t.equal(fake.routes['-4']?.length, 1)
  await binder.close()
  await binder.close()
  t.strictSame(fake.routes, { '-4': [], '-6': [] })
})

t.test(
  'a sync with nothing to do is one look per family; a route that is gone comes back',
  async (t) => {
    const { fake, binder } = binderWith()
    await binder.start()
    fake.calls.length = 0
    await binder.sync([])
    t.strictSame(fake.calls, ['ip -4 route show table local', 'ip -6 route show table local'])
    fake.routes['-4'] = []
    await binder.sync([])
    t.strictSame(fake.routes['-4'], [ours])
  },
)

t.test('one family costs nothing of the other', async (t) => {
  const { fake, binder } = binderWith({ serviceCIDRs: ['10.96.0.0/12'] })
  await binder.start()
  await binder.sync([])
  await binder.close()
  t.equal(
    fake.calls.every((call) => call.startsWith('ip -4 ')),
    true,
  )
})

t.test('what an earlier process left is taken over, or corrected, or removed', async (t) => {
  const { fake, binder } = binderWith()
  fake.routes['-4'] = [
    'local 10.96.0.0/12 dev lo proto 85 src 192.168.77.9',
    'local 10.50.0.0/16 dev lo proto 85',
  ]
  fake.routes['-6'] = [ours6]
  await binder.start()
  t.strictSame(fake.routes, { '-4': [ours], '-6': [ours6] })
  t.equal(fake.calls.includes(`ip -6 route replace ${ours6}`), false)
})

t.test('a route that somebody else made stays, and serves as well', async (t) => {
  const { fake, binder } = binderWith()
  const foreign = ['local 10.96.0.0/12 dev lo scope host', 'local 10.50.0.0/16 dev lo scope host']
  fake.routes['-4'] = [...foreign]
  await binder.start()
  await binder.sync([])
  await binder.close()
  t.strictSame(fake.routes['-4'], foreign)
})

t.test('a network within the service CIDR is not cut off', async (t) => {
  const { fake, binder } = binderWith()
  fake.routes['-4'] = ['10.96.5.0/24 dev eth1 proto kernel scope link']
  await t.rejects(binder.start(), {
    code: 'ERR_PORTAL',
    message:
      'service CIDR 10.96.0.0/12 would cut off "10.96.5.0/24 dev eth1 proto kernel scope link": give a CIDR without it, or use --portals iptables',
  })
})

t.test('says which sysctl IPv6 needs', async (t) => {
  const message =
    'IPv6 cluster IPs cannot be listened on: run "sysctl -w net.ipv6.ip_nonlocal_bind=1"'
  const paths: string[] = []
  const readFile = async (path: string) => (paths.push(path), '0\n')
  await t.rejects(binderWith({ readFile }).binder.start(), { code: 'ERR_PORTAL', message })
  t.strictSame(paths, ['/proc/sys/net/ipv6/ip_nonlocal_bind'])
  const broken = () => Promise.reject(new Error('ENOENT'))
  await t.rejects(binderWith({ readFile: broken }).binder.start(), { code: 'ERR_PORTAL', message })
})

t.test('the sysctl is read from this machine', async (t) => {
  const { run } = new FakeIpRoute()
  const binder = new AnyIPPortalBinder({ serviceCIDRs: ['fd00:10:96::/112'], run })
  const isSet = readSysctl().trim() === '1'
  await (isSet ? t.resolves(binder.start()) : t.rejects(binder.start(), { code: 'ERR_PORTAL' }))
})

t.test('says what is missing: ip, rights', async (t) => {
  const { fake, binder } = binderWith()
  fake.fault = () => Object.assign(new Error('spawn ip ENOENT'), { code: 'ENOENT' })
  await t.rejects(binder.start(), { code: 'ERR_PORTAL', message: /ip is not installed/ })
  const denied = { exitCode: 2, stdout: '', stderr: 'RTNETLINK answers: Operation not permitted' }
  fake.fault = (call) => (call.includes('replace') ? denied : undefined)
  await t.rejects(binder.start(), { code: 'ERR_PORTAL', message: /CAP_NET_ADMIN/ })
})

const external = servicePort('a/b', { clusterIP: '10.96.0.1', externalIPs: ['198.51.100.7'] })
const external6 = servicePort('a/b', { family: 'IPv6', externalIPs: ['2001:db8::7'] })
const externalIPCIDRs = ['198.51.100.0/24', '192.168.77.0/24', '2001:db8::/32']
const externalRoute = 'local 198.51.100.7/32 dev lo proto 85 src 192.168.77.1'
const externalRoute6 = 'local 2001:db8::7/128 dev lo proto 85 src fd00:77::1'

t.test('an external IP from elsewhere has its route before it is listened for', async (t) => {
  const { fake, binder, warnings } = binderWith({ externalIPCIDRs })
  await binder.start()
  await binder.prepare([external, external6])
  t.strictSame(fake.routes, { '-4': [ours, externalRoute], '-6': [ours6, externalRoute6] })
  t.strictSame(listenAddresses(binder, external), [
    { role: 'portal', address: '10.96.0.1', ports: [80] },
    { role: 'portal', address: '198.51.100.7', ports: [80] },
  ])
  t.equal(
    binder.rules(unbound(external, external, external6)),
    [
      `ip -4 route replace ${ours}`,
      `ip -6 route replace ${ours6}`,
      `ip -4 route replace ${externalRoute}`,
      `ip -6 route replace ${externalRoute6}\n`,
    ].join('\n'),
  )
  fake.calls.length = 0
  await binder.prepare([external])
  t.strictSame(fake.calls, [], 'once is enough')
  await binder.sync(unbound(external, external6))
  t.strictSame(fake.calls, ['ip -4 route show table local', 'ip -6 route show table local'])
  t.strictSame(warnings, [])
})

t.test('the route goes with the last Service that has the address, or with us', async (t) => {
  const { fake, binder } = binderWith({ externalIPCIDRs })
  await binder.start()
  await binder.prepare([external, external6])
  await binder.sync(unbound(external6))
  t.strictSame(fake.routes, { '-4': [ours], '-6': [ours6, externalRoute6] })
  await binder.prepare([external])
  t.strictSame(fake.routes['-4'], [ours, externalRoute], 'and comes back with it')
  fake.routes['-4'] = []
  await binder.sync(unbound(external))
  t.strictSame(fake.routes['-4'], [ours, externalRoute], 'what others delete too')
  await binder.close()
  t.strictSame(fake.routes, { '-4': [], '-6': [] })
})

t.test('a Service that is split and joined again leaves no route, and loses none', async (t) => {
  const { fake, binder, warnings } = binderWith({ externalIPCIDRs })
  const joined = everyWay('shop/web', { loadBalancerIngress: [] })
  const split = everyWay('shop/web', {
    loadBalancerIngress: [],
    policies: { externalTrafficPolicy: 'Local' },
  })
  await binder.start()
  await binder.prepare([joined])
  await binder.sync(unbound(joined))
  t.strictSame(fake.routes['-4'], [ours, externalRoute])
  for (const one of [split, joined]) {
    fake.calls.length = 0
    await binder.prepare([one])
    await binder.sync(unbound(one))
    t.strictSame(fake.routes, { '-4': [ours, externalRoute], '-6': [ours6] })
    t.strictSame(fake.calls, ['ip -4 route show table local', 'ip -6 route show table local'])
  }
  t.equal(binder.rules(unbound(split)), binder.rules(unbound(joined)))
  await binder.sync([])
  t.strictSame(fake.routes, { '-4': [ours], '-6': [ours6] })
  t.strictSame(warnings, [])
})

t.test('what is not served of a split Service is said once, not for each entry', async (t) => {
  const { binder, warnings } = binderWith()
  await binder.sync(unbound(everyWay('a/b', { externalIPs: [], policies: threeEntries })))
  t.strictSame(warnings, [
    'a/b: 203.0.113.9 is not served: it is no address of this node, and nothing is redirected',
  ])
})

t.test('the Node says from which address its own clients come, if it is one of ours', async (t) => {
  const { fake, binder } = binderWith({
    serviceCIDRs: ['10.96.0.0/12'],
    externalIPCIDRs,
    interfaces: () => interfacesWith('10.0.0.1', '192.168.77.1'),
    nodeAddresses: {},
    nodeportAddresses: ['primary'],
  })
  const one = servicePort('a/b', { nodePort: 30_080, externalIPs: ['198.51.100.7'] })
  const from = (address: string) => {
    const route = (cidr: string) => `local ${cidr} dev lo proto 85 src ${address}`
    return [route('10.96.0.0/12'), route('198.51.100.7/32')]
  }
  const nodePort = () =>
    listenAddresses(binder, one).find(({ role }) => role === 'node-port')?.address
  const synced = async () => {
    await binder.prepare([one])
    await binder.sync(unbound(one))
    return fake.routes['-4']
  }
  await binder.start()
  t.strictSame(await synced(), from('10.0.0.1'))
  binder.setNode(nodeOf({ addresses: ['192.168.77.1'] }))
  t.strictSame(await synced(), from('192.168.77.1'))
  t.equal(nodePort(), '192.168.77.1')
  binder.setNode(nodeOf({ addresses: ['192.168.77.200'] }))
  t.strictSame(await synced(), from('10.0.0.1'), 'traffic cannot come from there')
  t.equal(nodePort(), '10.0.0.1')
  binder.setNode(nodeOf({ addresses: ['192.168.77.1'] }))
  binder.setNode(undefined)
  t.strictSame(await synced(), from('10.0.0.1'))
})

t.test('a route to an external IP that somebody else made stays', async (t) => {
  const { fake, binder } = binderWith({ externalIPCIDRs })
  const foreign = 'local 198.51.100.7 dev lo scope host'
  fake.routes['-4'] = [foreign]
  await binder.prepare([external])
  await binder.sync(unbound(external))
  await binder.close()
  t.strictSame(fake.routes['-4'], [foreign])
})

t.test('what cannot be prepared is no fault until sync cannot do it either', async (t) => {
  const { fake, binder } = binderWith({ externalIPCIDRs })
  const denied = { exitCode: 2, stdout: '', stderr: 'RTNETLINK answers: Operation not permitted' }
  fake.fault = (call) => (call.includes('replace') ? denied : undefined)
  await t.resolves(binder.prepare([external]))
  await t.rejects(binder.sync(unbound(external)), { code: 'ERR_PORTAL', message: /CAP_NET_ADMIN/ })
})

t.test('no address is taken from a neighbour, and none that moves to this node', async (t) => {
  let addresses = ['192.168.77.1/24']
  const { fake, binder } = binderWith({
    externalIPCIDRs,
    interfaces: () => interfacesWith(...addresses),
  })
  await binder.start()
  const neighbour = servicePort('a/b', { externalIPs: ['192.168.77.2'] })
  await binder.prepare([neighbour, external])
  t.strictSame(fake.routes['-4'], [ours, externalRoute])
  t.strictSame(listenAddresses(binder, neighbour), [])
  addresses = ['192.168.77.1/24', '198.51.100.7/32']
  await binder.sync(unbound(external))
  t.strictSame(fake.routes['-4'], [ours], 'its own route serves it')
  t.match(listenAddresses(binder, external), [{}, { address: '198.51.100.7' }])
})

t.test('what is not served is said once', async (t) => {
  const { binder, warnings } = binderWith()
  const servicePorts = [
    servicePort('a/b:c', { clusterIP: '10.10.0.1' }),
    servicePort('a/d', { clusterIP: '10.96.0.1' }),
  ]
  await binder.sync(unbound(...servicePorts))
  await binder.sync(unbound(...servicePorts))
  t.strictSame(warnings, [
    'a/b:c: 10.10.0.1 is not served: it is not within 10.96.0.0/12 or fd00:10:96::/112',
  ])
})

t.test('refuses options that cannot work', async (t) => {
  t.throws(() => new AnyIPPortalBinder({ serviceCIDRs: [] }), {
    code: 'ERR_INVALID_OPTION',
    message: /^serviceCIDRs is empty/,
  })
  t.throws(() => new AnyIPPortalBinder({ serviceCIDRs: ['10.96.0.0'] }), {
    code: 'ERR_INVALID_OPTION',
  })
})

function readSysctl(): string {
  try {
    return readFileSync('/proc/sys/net/ipv6/ip_nonlocal_bind', 'utf8')
  } catch {
    return ''
  }
}
