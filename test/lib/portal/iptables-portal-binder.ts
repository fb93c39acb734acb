import t from 'tap'
import type { EntryPolicies } from '../../../lib/model/entry.ts'
import type { ServicePort } from '../../../lib/model/service-port.ts'
import type { CommandResult } from '../../../lib/portal/run-command.ts'
import type { IptablesPortalBinderOptions } from '../../../lib/portal/iptables-portal-binder.ts'
import { IptablesPortalBinder } from '../../../lib/portal/iptables-portal-binder.ts'
import { parseIptablesSave } from '../../../lib/portal/iptables-save.ts'
import { plannedListeners } from '../../../lib/portal/planned-listeners.ts'
import {
  bound,
  boundEntries,
  everyWay,
  goldenBound,
  goldenNode,
  goldenServicePorts,
  listenAddresses,
  servicePort,
  threeEntries,
} from '../../fixtures/bound-service-ports.ts'
import { FakeIptables } from '../../fixtures/fake-iptables.ts'
import { comparable, goldenRules } from '../../fixtures/golden-rules.ts'
import { interfacesWith } from '../../fixtures/interfaces.ts'
import { nodeOf } from '../../fixtures/model-objects.ts'

const { externalIPCIDRs } = goldenNode
const missing = Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' })
const ended = (exitCode: number, stderr: string): CommandResult => ({
  exitCode,
  stdout: '',
  stderr,
})

function binderWith(options: IptablesPortalBinderOptions = {}) {
  const kernel = new FakeIptables()
  const warnings: string[] = []
  const binder = new IptablesPortalBinder({
    interfaces: () => interfacesWith('127.0.0.1', '::1', '192.168.77.1', 'fd00:77::1'),
    externalIPCIDRs,
    run: kernel.run,
    warn: (message) => warnings.push(message),
    ...options,
  })
  return { binder, kernel, warnings }
}

const save = 'iptables-save'
const restore = 'iptables-restore --noflush --wait=5'
const web = bound(servicePort('shop/web', { clusterIP: '10.96.0.1' }), { port: 40_001 })
const web6 = bound(servicePort('shop/web', { family: 'IPv6', clusterIP: 'fd00:10:96::1' }), {
  port: 40_002,
})
const dns = bound(servicePort('shop/dns', { clusterIP: '10.96.0.2', port: 53, protocol: 'UDP' }), {
  port: 40_003,
})

t.test('a proxy port listens on the bind address of its family', async (t) => {
  const listen = (bindAddress: string | undefined, family: 'IPv4' | 'IPv6') => {
    const { binder } = binderWith(bindAddress === undefined ? {} : { bindAddress })
    const clusterIP = family === 'IPv4' ? '10.96.0.1' : 'fd00:10:96::1'
    return listenAddresses(binder, servicePort('a/b', { family, clusterIP }))
  }
  const at = (address: string) => [{ role: 'proxy-port', address, ports: [0] }]
  t.strictSame(listen(undefined, 'IPv4'), at('0.0.0.0'))
  t.strictSame(listen(undefined, 'IPv6'), at('::'))
  t.strictSame(listen('::', 'IPv4'), at('0.0.0.0'))
  t.strictSame(listen('192.168.77.1', 'IPv4'), at('192.168.77.1'))
  t.strictSame(
    listen('192.168.77.1', 'IPv6'),
    at('::'),
    'the other family has no address to bind to',
  )
})

t.test('a node port is held on all addresses, or on those that are asked for', async (t) => {
  const nodePorts = (nodeportAddresses: string[]) =>
    listenAddresses(
      binderWith({ nodeportAddresses }).binder,
      servicePort('a/b', { nodePort: 30_080 }),
    ).slice(1)
  t.strictSame(nodePorts(['all']), [{ role: 'node-port', address: '0.0.0.0', ports: [30_080] }])
  t.strictSame(nodePorts(['localhost', 'primary']), [
    { role: 'node-port', address: '192.168.77.1', ports: [30_080] },
    { role: 'node-port', address: '127.0.0.1', ports: [30_080] },
  ])
})

t.test('a Service that nothing could lead to is not listened for', async (t) => {
  const { binder } = binderWith()
  const count = (input: Parameters<typeof servicePort>[1]) =>
    listenAddresses(binder, servicePort('a/b', input)).length
  t.equal(count({}), 0)
  t.equal(count({ externalIPs: ['203.0.113.1'] }), 0, 'not allowed')
  t.equal(count({ externalIPs: ['198.51.100.7'] }), 1)
  t.equal(count({ loadBalancerIngress: [{ ip: '203.0.113.9', ipMode: 'Proxy' }] }), 0)
  t.equal(count({ loadBalancerIngress: [{ ip: '203.0.113.9', ipMode: 'VIP' }] }), 1)
})

t.test(
  'each entry has a proxy port; the node port is held for the one that it leads to',
  async (t) => {
    const { binder } = binderWith()
    const at = (one: ServicePort) =>
      one.entries.map(({ name }) => listenAddresses(binder, one, name).map(({ role }) => role))
    t.strictSame(at(everyWay('a/b')), [['proxy-port', 'node-port']])
    t.strictSame(at(everyWay('a/b', { policies: threeEntries })), [
      ['proxy-port'],
      ['proxy-port', 'node-port'],
      ['proxy-port'],
    ])
    const policies = { internalTrafficPolicy: 'Local' } as const
    t.strictSame(at(servicePort('a/b', { nodePort: 30_080, policies })), [
      [],
      ['proxy-port', 'node-port'],
    ])
    t.strictSame(at(servicePort('a/b', { externalIPs: ['198.51.100.7'], policies })), [
      [],
      ['proxy-port'],
    ])
    t.strictSame(at(servicePort('a/b', { externalIPs: ['203.0.113.1'], policies })), [[], []])
    t.strictSame(
      at(everyWay('a/b', { nodePort: 0, externalIPs: [], policies: threeEntries })),
      [['proxy-port'], [], ['proxy-port']],
      'the load-balancer IP is all that is external, and has an entry of its own',
    )
  },
)

t.test('refuses a bind address that no redirect can lead to', async (t) => {
  for (const bindAddress of ['127.0.0.1', '::1', '169.254.1.1', 'eth0']) {
    t.throws(() => new IptablesPortalBinder({ bindAddress }), {
      code: 'ERR_INVALID_OPTION',
      message: `bindAddress is "${bindAddress}" with iptables; 0.0.0.0, :: or an address of the node's network would be right`,
    })
  }
  t.throws(() => new IptablesPortalBinder({ externalIPCIDRs: ['all'] }), {
    code: 'ERR_INVALID_OPTION',
  })
})

t.test('installs what kube-proxy did, in one save and one restore', async (t) => {
  const { binder, kernel } = binderWith()
  t.equal(binder.mode, 'iptables')
  await binder.start()
  kernel.calls.length = 0
  await binder.sync(goldenBound())
  t.strictSame(kernel.calls.slice(0, 2), [save, restore])
  t.strictSame(comparable(parseIptablesSave(kernel.text('iptables'))), goldenRules('0.0.0.0'))
})

t.test('an idle sync is one save', async (t) => {
  const { binder, kernel } = binderWith()
  await binder.sync([web])
  kernel.calls.length = 0
  await binder.sync([web])
  t.strictSame(kernel.calls, [save])
})

t.test(
  'a family that no Service uses costs no process; one that loses its last Service is cleared',
  async (t) => {
    const { binder, kernel } = binderWith()
    await binder.sync([])
    t.strictSame(kernel.calls, [])
    await binder.sync([web, web6])
    t.strictSame(kernel.calls, [
      save,
      restore,
      'ip6tables-save',
      'ip6tables-restore --noflush --wait=5',
    ])
    await binder.sync([web])
    t.notMatch(kernel.text('ip6tables'), 'KUBE')
    kernel.calls.length = 0
    await binder.sync([web])
    t.strictSame(kernel.calls, [save])
  },
)

t.test('close removes all of ours, unless it is to be kept', async (t) => {
  const { binder, kernel } = binderWith()
  kernel.change('iptables', '*nat\n-A PREROUTING -j RETURN\nCOMMIT\n')
  await binder.sync([web, web6])
  await binder.close({ keepPortals: true })
  t.match(kernel.text('iptables'), 'KUBE-PORTALS-HOST')
  await binder.close()
  t.notMatch(kernel.text('iptables') + kernel.text('ip6tables'), /KUBE|USERSPACE/)
  t.match(kernel.text('iptables'), '-A PREROUTING -j RETURN')
  kernel.calls.length = 0
  await binder.close()
  t.strictSame(kernel.calls, [])
})

t.test(
  'a process that starts again gets the ports of its predecessor, and has nothing to write',
  async (t) => {
    const { binder, kernel } = binderWith()
    await binder.sync([web, web6, dns])
    const next = binderWith({ run: kernel.run }).binder
    await next.start()
    t.strictSame(listenAddresses(next, web.servicePort)[0]?.ports, [40_001, 0])
    t.strictSame(listenAddresses(next, web6.servicePort)[0]?.ports, [40_002, 0])
    t.strictSame(listenAddresses(next, dns.servicePort)[0]?.ports, [40_003, 0])
    t.strictSame(
      listenAddresses(next, servicePort('a/new', { clusterIP: '10.96.0.9' }))[0]?.ports,
      [0],
    )
    kernel.calls.length = 0
    await next.sync([web, web6, dns])
    t.strictSame(kernel.calls, [save, 'ip6tables-save'])
  },
)

t.test('each entry gets its own port of the predecessor again', async (t) => {
  const { binder, kernel } = binderWith()
  const one = everyWay('shop/web', { policies: threeEntries })
  await binder.sync(boundEntries(one, 40_001))
  const next = binderWith({ run: kernel.run }).binder
  await next.start()
  t.strictSame(
    one.entries.map(({ name }) => listenAddresses(next, one, name)[0]?.ports),
    [
      [40_001, 0],
      [40_002, 0],
      [40_003, 0],
    ],
  )
  kernel.calls.length = 0
  await next.sync(boundEntries(one, 40_001))
  t.strictSame(kernel.calls, [save])
  const other = everyWay('shop/other', { policies: threeEntries })
  t.strictSame(listenAddresses(next, other, 'external')[0]?.ports, [0])
})

for (const trusts of [true, false]) {
  t.test(
    `a Service that is split and joined again leaves no rule, where the last sync is ${trusts ? '' : 'not '}trusted`,
    async (t) => {
      const { binder, kernel } = binderWith()
      const options = { trusts }
      const rules = () => parseIptablesSave(kernel.text('iptables'))
      const joined = boundEntries(everyWay('shop/web'), 40_001)
      const split = boundEntries(everyWay('shop/web', { policies: threeEntries }), 40_001)
      await binder.sync([web, ...joined], options)
      const before = rules()
      await binder.sync([web, ...split], options)
      t.match(kernel.text('iptables'), '--comment "shop/web external"')
      t.match(kernel.text('iptables'), '--comment "shop/web load-balancer"')
      await binder.sync([web, ...joined], options)
      t.strictSame(comparable(rules()), comparable(before))
      t.notMatch(kernel.text('iptables'), /external"|load-balancer"|4000[23]/)
      t.strictSame(
        rules().filter.get('USERSPACE-PROXY-GUARD'),
        before.filter.get('USERSPACE-PROXY-GUARD'),
      )
    },
  )
}

t.test('what a predecessor left in a family that nobody uses now is removed', async (t) => {
  const { binder, kernel } = binderWith()
  await binder.sync([web6])
  const next = binderWith({ run: kernel.run }).binder
  await next.start()
  await next.sync([])
  t.notMatch(kernel.text('ip6tables'), 'KUBE')
})

t.test('a flush and a deletion by others are mended at the next sync', async (t) => {
  const { binder, kernel } = binderWith()
  await binder.sync([web])
  const before = kernel.text('iptables')
  kernel.change('iptables', '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-PORTALS-HOST - [0:0]\nCOMMIT\n')
  kernel.change(
    'iptables',
    '*filter\n:INPUT ACCEPT [0:0]\n:USERSPACE-PROXY-GUARD - [0:0]\n-X USERSPACE-PROXY-GUARD\nCOMMIT\n',
  )
  await binder.sync([web])
  t.strictSame(
    comparable(parseIptablesSave(kernel.text('iptables'))),
    comparable(parseIptablesSave(before)),
  )
})

t.test('a sync that trusts writes what differs from the last one, and reads nothing', async (t) => {
  const { binder, kernel } = binderWith()
  await binder.sync([web], { trusts: true })
  t.strictSame(kernel.calls, [save, restore], 'there is no last one to trust')
  kernel.calls.length = 0
  await binder.sync([web], { trusts: true })
  t.strictSame(kernel.calls, [])
  await binder.sync([web, web6], { trusts: true })
  await binder.sync([web6], { trusts: true })
  await binder.sync([web, web6], { trusts: true })
  const trusted = kernel.text('iptables')
  kernel.calls.length = 0
  await binder.sync([web, web6])
  t.strictSame(kernel.calls, [save, `ip6tables-save`], 'all was as it should be')
  t.equal(kernel.text('iptables'), trusted)
})

t.test('what was trusted and is not there is found out, and mended', async (t) => {
  const { binder, kernel } = binderWith()
  await binder.sync([web])
  const flush = '*nat\n:KUBE-PORTALS-HOST - [0:0]\nCOMMIT\n'
  kernel.change('iptables', flush)
  kernel.calls.length = 0
  const other = bound(servicePort('shop/web', { clusterIP: '10.96.0.1' }), { port: 40_009 })
  await binder.sync([other], { trusts: true })
  t.strictSame(kernel.calls, [restore, save, restore], 'a rule to delete was not there')
  t.match(kernel.text('iptables'), /KUBE-PORTALS-HOST .*:40009/)

  kernel.fault = (call) => (call === restore ? ended(4, 'busy') : undefined)
  await t.rejects(binder.sync([web], { trusts: true }), { code: 'ERR_PORTAL' })
  kernel.fault = () => undefined
  kernel.calls.length = 0
  await binder.sync([web], { trusts: true })
  t.strictSame(kernel.calls, [save, restore], 'after a failure nothing is trusted')
})

t.test('a rule that insists on our place is passed once, and said', async (t) => {
  const { binder, kernel, warnings } = binderWith()
  const insist = '*nat\n-I PREROUTING 1 -j RETURN\nCOMMIT\n'
  await binder.sync([web])
  kernel.change('iptables', insist)
  await binder.sync([web])
  t.match(
    parseIptablesSave(kernel.text('iptables')).nat.get('PREROUTING')?.[0],
    'KUBE-PORTALS-CONTAINER',
  )
  t.strictSame(warnings, [
    'a rule stood where one of ours must, and was passed, this once: -A PREROUTING -j RETURN',
  ])
  kernel.change('iptables', insist)
  kernel.calls.length = 0
  await binder.sync([web])
  t.strictSame(kernel.calls, [save])
})

t.test('UDP flows to a portal that comes, moves or goes are forgotten', async (t) => {
  const { binder, kernel } = binderWith()
  kernel.fault = (call) =>
    call.startsWith('conntrack -L')
      ? {
          exitCode: 0,
          stdout: 'udp 17 29 src=10.244.0.9 dst=10.96.0.2 sport=4000 dport=53 src=x\n',
          stderr: '',
        }
      : undefined
  const deletion = 'conntrack -D -f ipv4 -p udp --orig-dst 10.96.0.2 --orig-port-dst 53'
  const deletions = async (run: () => Promise<void>) => {
    kernel.calls.length = 0
    await run()
    return kernel.calls.filter((call) => call === deletion).length
  }
  const moved = {
    ...dns,
    listeners: [{ role: 'proxy-port', address: '0.0.0.0', port: 40_099 } as const],
  }
  t.equal(await deletions(() => binder.sync([web, dns])), 1)
  t.equal(await deletions(() => binder.sync([web, dns])), 0)
  t.equal(await deletions(() => binder.sync([web, moved])), 1)
  t.equal(await deletions(() => binder.sync([web])), 1)
  await binder.sync([dns])
  t.equal(await deletions(() => binder.close()), 1)
})

t.test('UDP flows to what gets an entry of its own are forgotten, and no others', async (t) => {
  const { binder, kernel } = binderWith()
  const flow = (address: string, port: number) =>
    `udp 17 29 src=10.244.0.9 dst=${address} sport=4000 dport=${port} src=x\n`
  const list = [
    flow('10.96.0.1', 80),
    flow('198.51.100.7', 80),
    flow('203.0.113.9', 80),
    flow('192.168.77.1', 30_080),
  ]
  kernel.fault = (call) =>
    call.startsWith('conntrack -L') ? { ...ended(0, ''), stdout: list.join('') } : undefined
  const udp = (policies: Partial<EntryPolicies>) =>
    boundEntries(everyWay('shop/dns', { protocol: 'UDP', policies }), 40_001)
  await binder.sync(udp({}))
  kernel.calls.length = 0
  await binder.sync(udp({ externalTrafficPolicy: 'Local' }))
  t.strictSame(
    kernel.calls.flatMap((call) => /^conntrack -D .*--orig-dst (\S+)/.exec(call)?.[1] ?? []).sort(),
    ['192.168.77.1', '198.51.100.7', '203.0.113.9'],
  )
})

t.test('without the conntrack tool all else works; it is said once', async (t) => {
  const { binder, kernel, warnings } = binderWith()
  kernel.fault = (call) => (call.startsWith('conntrack') ? missing : undefined)
  await binder.sync([dns])
  await binder.sync([])
  t.strictSame(warnings, [
    'conntrack is not installed: install the package conntrack: UDP clients that were sending already may keep their old path until they pause',
  ])
})

t.test('no iptables: start says what to do', async (t) => {
  const { binder, kernel } = binderWith()
  kernel.fault = () => missing
  await t.rejects(binder.start(), {
    code: 'ERR_PORTAL',
    message:
      'iptables-save is not installed: install the package iptables, or use --portals anyip or none',
  })
})

t.test('no rights: start says what to do', async (t) => {
  const { binder, kernel } = binderWith()
  kernel.fault = () =>
    ended(4, 'Could not fetch rule set generation id: Permission denied (you must be root)')
  await t.rejects(binder.start(), { code: 'ERR_PORTAL', message: /CAP_NET_ADMIN/ })
})

t.test('no IPv6: matters only when an IPv6 Service comes, and not to IPv4', async (t) => {
  const { binder, kernel } = binderWith()
  kernel.fault = (call) => (call.startsWith('ip6tables') ? missing : undefined)
  await binder.start()
  await binder.sync([web])
  await t.rejects(binder.sync([web, web6, dns]), {
    code: 'ERR_PORTAL',
    message: /^ip6tables-save is not installed/,
  })
  t.match(kernel.text('iptables'), '10.96.0.2/32')
})

t.test('the lock is held: what is there stays, and the next sync writes', async (t) => {
  const { binder, kernel } = binderWith()
  await binder.sync([web])
  const before = kernel.text('iptables')
  const lock = ended(
    4,
    'Another app is currently holding the xtables lock. Stopped waiting after 5s.',
  )
  kernel.fault = (call) => (call.includes('restore') ? lock : undefined)
  await t.rejects(binder.sync([web, dns]), {
    code: 'ERR_PORTAL',
    message: /holds the xtables lock/,
  })
  t.equal(kernel.text('iptables'), before)
  kernel.fault = () => undefined
  await binder.sync([web, dns])
  t.match(kernel.text('iptables'), '10.96.0.2/32')
})

t.test('several faults at once are all told', async (t) => {
  const { binder, kernel } = binderWith()
  const bad = bound(servicePort('a/b:c d', { clusterIP: '10.96.0.3' }), { port: 40_004 })
  kernel.fault = (call) => (call.startsWith('ip6tables') ? missing : undefined)
  await t.rejects(binder.sync([web, bad]), { code: 'ERR_PORTAL', servicePort: 'a/b:c d' })
  t.match(kernel.text('iptables'), '10.96.0.1/32')
  await t.rejects(binder.sync([web, bad, web6]), {
    code: 'ERR_PORTAL',
    message: /; and 1 more$/,
    cause: { errors: [{ servicePort: 'a/b:c d' }, { message: /ip6tables-save/ }] },
  })
})

t.test('a close that fails for one family goes on with the other', async (t) => {
  const { binder, kernel } = binderWith()
  await binder.sync([web, web6])
  kernel.fault = (call) => (call === save ? ended(1, 'boom') : undefined)
  await t.rejects(binder.close(), { code: 'ERR_PORTAL', message: 'iptables-save: boom' })
  t.notMatch(kernel.text('ip6tables'), 'KUBE')
  kernel.fault = () => undefined
  await binder.close()
  t.notMatch(kernel.text('iptables'), 'KUBE')
})

for (const [version, other] of [
  ['iptables v1.8.9 (nf_tables)\n', 'legacy'],
  ['iptables v1.8.9 (legacy)\n', 'nft'],
  ['iptables v1.4.21\n', 'nft'],
] as const) {
  t.test(`rules of ours that ${version.trim()} does not see are warned of`, async (t) => {
    const { binder, kernel, warnings } = binderWith()
    kernel.version = version
    kernel.change(`ip6tables-${other}`, '*nat\n:KUBE-PORTALS-HOST - [0:0]\nCOMMIT\n')
    await binder.start()
    t.strictSame(warnings, [
      `ip6tables-${other} holds rules of an earlier run, which iptables does not see: run cleanup`,
    ])
  })
}

t.test(
  'a machine with one variant, or one that does not tell its version, is no matter',
  async (t) => {
    const { binder, kernel, warnings } = binderWith()
    kernel.fault = (call) => (/--version|legacy|nft/.test(call) ? missing : undefined)
    await binder.start()
    t.strictSame(warnings, [])
  },
)

t.test(
  'a node without an address sends its own clients to loopback, and says so once',
  async (t) => {
    const { binder, kernel, warnings } = binderWith({
      interfaces: () => interfacesWith('127.0.0.1'),
    })
    await binder.sync([web])
    await binder.sync([web])
    t.match(kernel.text('iptables'), '--to-destination 127.0.0.1:40001')
    t.strictSame(warnings, [
      'no IPv4 address of the node was found: its own clients are sent to 127.0.0.1',
    ])
  },
)

t.test(
  'a node that gets another address sends its own clients there from the next sync on',
  async (t) => {
    let address = '192.168.77.1'
    const { binder, kernel } = binderWith({ interfaces: () => interfacesWith(address) })
    await binder.sync([web])
    address = '192.168.77.9'
    await binder.sync([web])
    t.match(kernel.text('iptables'), '--to-destination 192.168.77.9:40001')
    t.notMatch(kernel.text('iptables'), '--to-destination 192.168.77.1:40001')
  },
)

t.test(
  'the Node says which address its own clients are sent to, if it is one of ours',
  async (t) => {
    const { binder, kernel } = binderWith({
      interfaces: () => interfacesWith('10.0.0.1', '192.168.77.1', '192.168.77.9'),
    })
    const sentTo = async () => {
      await binder.sync([web])
      return /--to-destination (\S+):40001$/m.exec(kernel.text('iptables'))?.[1]
    }
    t.equal(await sentTo(), '10.0.0.1')
    binder.setNode(nodeOf({ addresses: ['192.168.77.9'] }))
    t.equal(await sentTo(), '192.168.77.9')
    binder.setNode(nodeOf({ addresses: ['192.168.77.200', '192.168.77.1'] }))
    t.equal(await sentTo(), '192.168.77.1', 'the first one is not here')
    binder.setNode(undefined)
    t.equal(await sentTo(), '10.0.0.1')
  },
)

t.test('the Node says on which address node ports are, where it is the primary', async (t) => {
  const { binder } = binderWith({
    interfaces: () => interfacesWith('10.0.0.1', '192.168.77.9'),
    nodeportAddresses: ['primary'],
  })
  const one = servicePort('a/b', { nodePort: 30_080 })
  t.match(listenAddresses(binder, one), [{}, { address: '10.0.0.1' }])
  binder.setNode(nodeOf({ addresses: ['192.168.77.9'] }))
  t.match(listenAddresses(binder, one), [{}, { address: '192.168.77.9' }])
})

t.test('the rules can be shown before anything is bound', async (t) => {
  const { binder, kernel } = binderWith()
  const planned = [...goldenServicePorts, web6.servicePort].flatMap((one) =>
    plannedListeners(binder, one),
  )
  const text = binder.rules(planned)
  t.strictSame(kernel.calls, [])
  t.match(text, /^# iptables\n\*nat\n/)
  t.match(text, /\n# ip6tables\n\*nat\n[^]*-d fd00:10:96::1\/128 .* --to-ports PROXYPORT\n/)
  const [ipv4 = ''] = text.split('# ip6tables')
  t.strictSame(comparable(parseIptablesSave(ipv4)), goldenRules('0.0.0.0'))
})

t.test('the rules that are shown are those of each entry', async (t) => {
  const { binder } = binderWith()
  const text = binder.rules(plannedListeners(binder, everyWay('a/b', { policies: threeEntries })))
  const leadsTo = (address: string, comment: string) => {
    const rule = `-A KUBE-PORTALS-CONTAINER -d ${address}/32 -p tcp -m comment --comment "${comment}"`
    t.match(text, `${rule} -m`)
  }
  leadsTo('10.96.0.1', 'a/b')
  leadsTo('198.51.100.7', 'a/b external')
  leadsTo('203.0.113.9', 'a/b load-balancer')
  t.match(text, /KUBE-NODEPORT-HOST -p tcp .*"a\/b external" .* --dport 30080 /)
})

t.test('makes a runner of its own, and needs nobody to listen to warnings', async (t) => {
  t.equal(new IptablesPortalBinder().rules([]), '')
})

t.test('rules are counted by family and table, and what was written and failed', async (t) => {
  const { binder, kernel } = binderWith()
  const none = { IPv4: 0, IPv6: 0 }
  const nothing = { rules: [], restoreFailures: none, partialRestoreFailures: none }
  t.strictSame(binder.counts(), { ...nothing, deletedUdpFlows: none })
  await binder.sync([web])
  const installed = (table: 'filter' | 'nat') => {
    return [...parseIptablesSave(kernel.text('iptables'))[table].values()].flat().length
  }
  t.strictSame(
    binder
      .counts()
      .rules.map(({ written, ...row }) => ({ ...row, isWritten: written > row.rules })),
    (['filter', 'nat'] as const).map((table) => {
      return { family: 'IPv4', table, rules: installed(table), isWritten: true }
    }),
  )
  await binder.sync([web])
  t.strictSame(
    binder.counts().rules.map(({ written }) => written),
    [0, 0],
  )
  kernel.fault = (call) => (call.startsWith(restore) ? ended(1, 'line 2 failed') : undefined)
  await t.rejects(binder.sync([]))
  t.strictSame(binder.counts().restoreFailures, { IPv4: 1, IPv6: 0 })
  kernel.fault = () => undefined
  await binder.sync([])
  t.strictSame(binder.counts().rules, [])
})

t.test('flows of the kernel that were deleted are counted', async (t) => {
  const dns = bound(
    servicePort('shop/dns', { clusterIP: '10.96.0.9', protocol: 'UDP', port: 53 }),
    {
      port: 40_009,
    },
  )
  const { binder, kernel } = binderWith()
  const flow = 'udp 17 9 src=10.0.0.1 dst=10.96.0.9 sport=1 dport=53 src=a dst=b'
  kernel.fault = (call) =>
    call.startsWith('conntrack') ? { exitCode: 0, stdout: `${flow}\n`, stderr: '' } : undefined
  await binder.sync([dns])
  t.strictSame(binder.counts().deletedUdpFlows, { IPv4: 1, IPv6: 0 })
})
