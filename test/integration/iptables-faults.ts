// What can go wrong with iptables on a real machine: the message says what to do, and what worked goes on working.
import { once } from 'node:events'
import t from 'tap'
import { cleanUpIptables } from '../../lib/portal/iptables-cleanup.ts'
import type { IptablesPortalBinderOptions } from '../../lib/portal/iptables-portal-binder.ts'
import { IptablesPortalBinder } from '../../lib/portal/iptables-portal-binder.ts'
import type { RunCommand } from '../../lib/portal/run-command.ts'
import { bound, servicePort } from '../fixtures/bound-service-ports.ts'
import { runVariant, usableVariants } from '../fixtures/iptables-variant.ts'
import { openNetwork } from '../fixtures/network.ts'

const web = bound(servicePort('shop/web', { clusterIP: '10.96.0.1' }), { port: 40_001 })
const dns = bound(servicePort('shop/dns', { clusterIP: '10.96.0.2', port: 53, protocol: 'UDP' }), {
  port: 40_002,
})

const network = await openNetwork(t)
if (network) {
  const { node, client } = network
  const variants = await usableVariants(node)
  const [variant = 'nft'] = variants
  const run = runVariant(node, variant)
  const nodeAddresses = { IPv4: node.ipv4 }
  const newBinder = (options: IptablesPortalBinderOptions) =>
    new IptablesPortalBinder({ nodeAddresses, ...options })
  const rules = async () => (await run('iptables-save', [])).stdout
  const notCounters = (text: string) => text.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '')

  t.test('no rights: start says which, in both variants', async (t) => {
    for (const variant of variants) {
      const inner = runVariant(node, variant)
      const powerless: RunCommand = (command, args, input) => {
        const name = command.replace(/^(ip6?tables)(?=-save$|-restore$|$)/, `$1-${variant}`)
        return node.run(
          'setpriv',
          ['--bounding-set', '-net_admin', '--inh-caps', '-net_admin', name, ...args],
          input,
        )
      }
      const before = await inner('iptables-save', [])
      await t.rejects(newBinder({ run: powerless }).start(), {
        code: 'ERR_PORTAL',
        message: /CAP_NET_ADMIN/,
      })
      await t.rejects(cleanUpIptables({ run: powerless }), {
        code: 'ERR_PORTAL',
        message: /CAP_NET_ADMIN/,
      })
      t.equal(notCounters((await inner('iptables-save', [])).stdout), notCounters(before.stdout))
    }
  })

  t.test('no iptables: start says what to install', async (t) => {
    const empty: RunCommand = (command, args, input) =>
      node.run('env', ['PATH=/no/such/folder', command, ...args], input)
    await t.rejects(newBinder({ run: empty }).start(), {
      code: 'ERR_PORTAL',
      message: /iptables-save is not installed/,
    })
    t.strictSame(await cleanUpIptables({ run: empty }), [])
  })

  t.test('a restore that fails half-way: the next sync mends what it left', async (t) => {
    let fails = true
    const halfway: RunCommand = async (command, args, input = '') => {
      if (!fails || !command.endsWith('-restore')) return run(command, args, input)
      await run(command, args, input.slice(0, input.indexOf('*nat')))
      return { exitCode: 1, stdout: '', stderr: 'iptables-restore: line 12 failed' }
    }
    const binder = newBinder({ run: halfway })
    t.teardown(() => binder.close())
    await t.rejects(binder.sync([web]), { code: 'ERR_PORTAL', message: /line 12 failed/ })
    t.match(await rules(), 'USERSPACE-PROXY-GUARD')
    t.notMatch(await rules(), '10.96.0.1/32')
    fails = false
    await binder.sync([web])
    t.match(await rules(), '10.96.0.1/32')
  })

  t.test('UDP flows on an old path are forgotten', async (t) => {
    if ((await node.run('conntrack', ['--version']).catch(() => undefined)) === undefined) {
      return t.comment('skipped: no conntrack tool here')
    }
    const flows = async () => (await node.run('conntrack', ['-L', '-p', 'udp'])).stdout
    // conntrack watches only where some rule asks for it.
    const binder = newBinder({ run })
    t.teardown(() => binder.close())
    await binder.sync([web])
    const send = `const s = require('dgram').createSocket('udp4').send('?', 53, '10.96.0.2', () => s.close())`
    await client.run(process.execPath, [
      '-e',
      send.replace('const s = ', 'var s = ').replace('.send', ';s.send'),
    ])
    t.match(await flows(), 'dst=10.96.0.2')
    await binder.sync([web, dns])
    t.notMatch(await flows(), 'dst=10.96.0.2')
    return undefined
  })

  if (variants.includes('legacy')) {
    t.test(
      'the xtables lock is held: what is there stays, and is changed when it is free',
      async (t) => {
        const legacy = runVariant(node, 'legacy')
        const binder = newBinder({ run: legacy, waitSeconds: 1 })
        t.teardown(() => binder.close())
        await binder.sync([web])
        const before = notCounters((await legacy('iptables-save', [])).stdout)
        const holder = node.spawn('flock', [
          '-o',
          '/run/xtables.lock',
          'sh',
          '-c',
          'echo held; exec cat',
        ])
        await once(holder.stdout ?? holder, 'data')
        await t.rejects(binder.sync([web, dns]), {
          code: 'ERR_PORTAL',
          message: /another program holds the xtables lock/,
        })
        t.equal(notCounters((await legacy('iptables-save', [])).stdout), before)
        await binder.sync([web])
        t.pass('a sync that has nothing to write does not need the lock')
        holder.kill('SIGKILL')
        await once(holder, 'exit')
        await newBinder({ run: legacy, waitSeconds: 20 }).sync([web, dns])
        t.match((await legacy('iptables-save', [])).stdout, '10.96.0.2/32')
      },
    )
  }

  if (variants.length === 2) {
    t.test('rules in both variants: start warns, cleanup removes both', async (t) => {
      await newBinder({ run: runVariant(node, 'legacy') }).sync([web])
      const warnings: string[] = []
      const nft = runVariant(node, 'nft')
      const binder = newBinder({ run: nft, warn: (message) => warnings.push(message) })
      await binder.start()
      t.strictSame(warnings, [
        'iptables-legacy holds rules of an earlier run, which iptables does not see: run cleanup',
      ])
      await binder.sync([web])
      t.strictSame(await cleanUpIptables({ run: nft }), ['iptables', 'iptables-legacy'])
      t.strictSame(await cleanUpIptables({ run: nft }), [])
    })
  }
}
