// AnyIP in a real kernel: one route, and sockets can listen on cluster IPs that nobody owns.
import t from 'tap'
import { cleanUpAnyIP } from '../../lib/portal/anyip-cleanup.ts'
import type { AnyIPPortalBinderOptions } from '../../lib/portal/anyip-portal-binder.ts'
import { AnyIPPortalBinder } from '../../lib/portal/anyip-portal-binder.ts'
import type { RunCommand } from '../../lib/portal/run-command.ts'
import { bound, servicePort } from '../fixtures/bound-service-ports.ts'
import { interfacesWith } from '../fixtures/interfaces.ts'
import { openNetwork } from '../fixtures/network.ts'
import { probe, startServer } from '../fixtures/probe.ts'

const network = await openNetwork(t)
if (network) {
  const { node, pods, client, outside } = network
  const calls: string[] = []
  const run: RunCommand = (command, args, input) => {
    calls.push([command, ...args].join(' '))
    return node.run(command, args, input)
  }
  const readFile = async (path: string) => (await node.run('cat', [path])).stdout
  const addresses = [`${node.ipv4}/24`, '10.244.0.1/24']
  const interfaces = () => interfacesWith(...addresses)
  const newBinder = (options: Partial<AnyIPPortalBinderOptions> = {}) =>
    new AnyIPPortalBinder({
      serviceCIDRs: ['10.96.0.0/12', 'fd00:10:96::/112'],
      nodeAddresses: { IPv4: node.ipv4, IPv6: node.ipv6 },
      run,
      readFile,
      ...options,
    })
  const routes = async () => {
    const shown = await Promise.all([
      node.run('ip', ['-4', 'route', 'show', 'table', 'local']),
      node.run('ip', ['-6', 'route', 'show', 'table', 'local']),
    ])
    // Link-local addresses come up by themselves a second after their link, and are none of ours.
    return shown.map(({ stdout }) => stdout.replace(/^.* fe80:.*\n/gm, '')).join('')
  }

  t.test('without the sysctl start says how to set it, and touches nothing', async (t) => {
    const before = await routes()
    await t.rejects(newBinder({ serviceCIDRs: ['fd00:10:96::/112'] }).start(), {
      code: 'ERR_PORTAL',
      message: /run "sysctl -w net\.ipv6\.ip_nonlocal_bind=1"/,
    })
    t.equal(await routes(), before)
    t.match(await node.run('sysctl', ['-qw', 'net.ipv6.ip_nonlocal_bind=1']), { exitCode: 0 })
  })

  t.test('a foreign route stays through start, sync, close and cleanup', async (t) => {
    const before = await routes()
    const binder = newBinder()
    await binder.start()
    t.match(
      await routes(),
      /^local 10\.96\.0\.0\/12 dev lo proto 85 scope host src 192\.168\.77\.1 $/m,
    )
    t.match(await routes(), /^local fd00:10:96::\/112 dev lo proto 85 src fd00:77::1 /m)

    calls.length = 0
    await binder.sync([])
    t.strictSame(
      calls,
      ['ip -4 route show table local', 'ip -6 route show table local'],
      'an idle sync only looks',
    )

    await node.run('ip', ['route', 'del', 'local', '10.96.0.0/12', 'dev', 'lo'])
    await binder.sync([])
    t.match(await routes(), '10.96.0.0/12', 'what others delete comes back')

    calls.length = 0
    await newBinder().start()
    t.equal(
      calls.some((call) => call.includes('replace')),
      false,
      'a process that starts again takes it over',
    )
    await binder.close()
    t.equal(await routes(), before)

    await newBinder().start()
    t.equal((await cleanUpAnyIP({ run: node.run })).length, 2)
    t.strictSame(await cleanUpAnyIP({ run: node.run }), [])
    t.equal(await routes(), before)
  })

  t.test(
    'cluster IPs answer pods, the node and outside, from their own address; others are refused',
    async (t) => {
      const binder = newBinder()
      await binder.start()
      t.teardown(() => binder.close())
      for (const [address, own] of [
        ['10.96.0.1', node.ipv4],
        ['fd00:10:96::1', node.ipv6],
      ] as const) {
        await startServer(node, address, 80)
        for (const host of [node, pods[0], client, outside]) {
          const family = address.includes(':') ? 'ipv6' : 'ipv4'
          t.equal(
            await probe(host, 'TCP', [address, 80]),
            `${host === node ? own : host[family]} 80`,
          )
          // A connected socket takes no answer from another address.
          t.equal(
            await probe(host, 'UDP', [address, 80]),
            `${host === node ? own : host[family]} 80`,
          )
          t.equal(await probe(host, 'TCP', [address, 81]), 'ECONNREFUSED')
        }
      }
      t.equal(await probe(client, 'TCP', ['10.96.0.2', 80]), 'ECONNREFUSED')
    },
  )

  t.test(
    'an external IP from elsewhere answers like a cluster IP, and only while it is one',
    async (t) => {
      const binder = newBinder({
        externalIPCIDRs: ['198.51.100.0/24', '192.168.77.0/24'],
        interfaces,
      })
      await binder.start()
      const before = await routes()
      const externalIPs = ['198.51.100.7', outside.ipv4]
      const one = bound(servicePort('shop/web', { externalIPs }), {
        port: 80,
        address: '198.51.100.7',
      })
      await binder.prepare([one.servicePort])
      t.match(
        await routes(),
        /^local 198\.51\.100\.7 dev lo proto 85 scope host src 192\.168\.77\.1 $/m,
      )
      t.notMatch(await routes(), /^local 192\.168\.77\.2 /m, 'a neighbour keeps its own')
      await startServer(node, '198.51.100.7', 80)
      for (const host of [node, client, outside]) {
        for (const protocol of ['TCP', 'UDP'] as const)
          t.equal(await probe(host, protocol, ['198.51.100.7', 80]), `${host.ipv4} 80`)
      }

      calls.length = 0
      await binder.sync([one])
      t.equal(
        calls.some((call) => call.includes('replace')),
        false,
        'it is there already',
      )
      await node.run('ip', ['address', 'add', '198.51.100.7/32', 'dev', 'eth0'])
      addresses.push('198.51.100.7/32')
      await binder.sync([one])
      t.match(await routes(), /^local 198\.51\.100\.7 dev eth0 proto kernel /m)
      t.notMatch(await routes(), /^local 198\.51\.100\.7 dev lo /m, 'the node has it itself now')
      await node.run('ip', ['address', 'del', '198.51.100.7/32', 'dev', 'eth0'])
      addresses.pop()
      await binder.sync([one])
      t.match(await routes(), /^local 198\.51\.100\.7 dev lo proto 85 /m)
      await binder.sync([])
      t.equal(await routes(), before)
      await binder.close()
    },
  )

  t.test('a network of the node within the service CIDR is not cut off', async (t) => {
    const message = /^service CIDR 10\.244\.0\.0\/16 would cut off "10\.244\.0\.0\/24 dev cni0 /
    await t.rejects(newBinder({ serviceCIDRs: ['10.244.0.0/16'] }).start(), {
      code: 'ERR_PORTAL',
      message,
    })
  })

  t.test('no rights, no ip, or a CIDR with host bits: says so', async (t) => {
    const powerless: RunCommand = (command, args) =>
      node.run('setpriv', [
        '--bounding-set',
        '-net_admin',
        '--inh-caps',
        '-net_admin',
        command,
        ...args,
      ])
    await t.rejects(newBinder({ run: powerless }).start(), {
      code: 'ERR_PORTAL',
      message: /CAP_NET_ADMIN/,
    })
    const empty: RunCommand = (command, args) =>
      node.run('env', ['PATH=/no/such/folder', command, ...args])
    await t.rejects(newBinder({ run: empty }).start(), {
      code: 'ERR_PORTAL',
      message: /^ip is not installed/,
    })
    await t.rejects(newBinder({ serviceCIDRs: ['10.96.0.1/12'] }).start(), {
      code: 'ERR_PORTAL',
      message: /must be 0/,
    })
  })
}
