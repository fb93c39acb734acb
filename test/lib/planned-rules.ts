import t from 'tap'
import { ProxyError } from '../../lib/errors.ts'
import { plannedRules } from '../../lib/planned-rules.ts'
import { AnyIPPortalBinder } from '../../lib/portal/anyip-portal-binder.ts'
import { IptablesPortalBinder } from '../../lib/portal/iptables-portal-binder.ts'
import { MemorySource } from '../../lib/source/memory-source.ts'

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: {
    clusterIP: '10.96.0.10',
    externalIPs: ['198.51.100.7', '203.0.113.7'],
    ports: [{ port: 80 }],
  },
}

t.test(
  'iptables: every portal that is allowed, with a proxy port that is not known yet',
  async (t) => {
    const externalIPCIDRs = ['198.51.100.0/24']
    const text = await plannedRules({
      source: new MemorySource([service]),
      portalBinder: new IptablesPortalBinder({
        externalIPCIDRs,
        nodeAddresses: { IPv4: '192.0.2.1' },
      }),
      externalIPCIDRs,
    })
    t.match(text, '-A KUBE-PORTALS-CONTAINER -d 10.96.0.10/32 -p tcp')
    t.match(
      text,
      '-A KUBE-PORTALS-HOST -d 10.96.0.10/32 -p tcp -m comment --comment "default/web" -m tcp --dport 80 -j DNAT --to-destination 192.0.2.1:PROXYPORT',
    )
    t.match(text, '198.51.100.7/32')
    t.notMatch(text, '203.0.113.7')
  },
)

t.test('iptables: an entry with a policy of its own has a proxy port of its own', async (t) => {
  const { spec } = service
  const text = await plannedRules({
    source: new MemorySource([
      {
        ...service,
        spec: {
          ...spec,
          type: 'NodePort',
          ports: [{ port: 80, nodePort: 30_080 }],
          externalTrafficPolicy: 'Local',
        },
      },
    ]),
    portalBinder: new IptablesPortalBinder({ nodeAddresses: { IPv4: '192.0.2.1' } }),
  })
  t.match(text, /-A KUBE-PORTALS-HOST -d 10\.96\.0\.10\/32 .* --comment "default\/web" /)
  t.match(text, /-A KUBE-NODEPORT-HOST .* --comment "default\/web external" .* --dport 30080 /)
})

t.test('anyip: the route', async (t) => {
  const portalBinder = new AnyIPPortalBinder({
    serviceCIDRs: ['10.96.0.0/16'],
    nodeAddresses: { IPv4: '192.0.2.1' },
  })
  t.match(
    await plannedRules({ source: new MemorySource([service]), portalBinder }),
    /local 10\.96\.0\.0\/16 dev lo/,
  )
})

t.test('an option that is wrong, and a source that cannot be read, are errors', async (t) => {
  const portalBinder = new IptablesPortalBinder()
  const source = new MemorySource()
  await t.rejects(plannedRules({ source, portalBinder, externalIPCIDRs: ['x'] }), {
    code: 'ERR_INVALID_OPTION',
  })
  const broken = {
    description: 'broken',
    start: () => Promise.reject(new Error('no')),
    close: async () => {},
  }
  await t.rejects(plannedRules({ source: broken, portalBinder }), { message: 'no' })
})

t.test('what a source takes back is not planned, and a problem is its own matter', async (t) => {
  const memory = new MemorySource([service])
  const text = await plannedRules({
    source: {
      description: 'hesitant',
      start: async (listener) => {
        await memory.start(listener)
        listener.delete({ kind: 'Service', namespace: 'default', name: 'web' })
        listener.problem(new ProxyError('ERR_SOURCE', 'hm'))
      },
      close: () => memory.close(),
    },
    portalBinder: new IptablesPortalBinder(),
  })
  t.notMatch(text, '10.96.0.10')
})
