import t from 'tap'
import { cleanUpIptables } from '../../../lib/portal/iptables-cleanup.ts'
import { iptablesRules } from '../../../lib/portal/iptables-rules.ts'
import { formatRuleSet } from '../../../lib/portal/iptables-save.ts'
import { goldenBound } from '../../fixtures/bound-service-ports.ts'
import { FakeIptables } from '../../fixtures/fake-iptables.ts'

const options = { family: 'IPv4', nodeAddress: '192.168.77.1', externalIPCIDRs: [] } as const
const rules = formatRuleSet(iptablesRules(goldenBound(), options).ruleSet).replaceAll(
  /^:[A-Z]+ ACCEPT .*\n/gm,
  '',
)
const foreign = '*nat\n:DOCKER - [0:0]\n-A PREROUTING -j DOCKER\nCOMMIT\n'
const missing = Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' })
const denied = { exitCode: 4, stdout: '', stderr: 'Permission denied (you must be root)' }

t.test(
  'removes ours from both families and variants, leaves the rest, and finds nothing the second time',
  async (t) => {
    const kernel = new FakeIptables()
    for (const tool of ['iptables', 'ip6tables', 'iptables-legacy'])
      kernel.change(tool, foreign + rules)
    t.strictSame(await cleanUpIptables({ run: kernel.run }), [
      'iptables',
      'iptables-legacy',
      'ip6tables',
    ])
    t.notMatch(kernel.text('iptables-legacy'), /KUBE|USERSPACE/)
    t.match(kernel.text('iptables'), '-A PREROUTING -j DOCKER')
    kernel.calls.length = 0
    t.strictSame(await cleanUpIptables({ run: kernel.run }), [])
    t.equal(
      kernel.calls.every((call) => call.endsWith('-save')),
      true,
    )
  },
)

t.test('a dry run tells who holds rules of ours, and leaves them', async (t) => {
  const kernel = new FakeIptables()
  kernel.change('ip6tables', foreign + rules)
  const before = kernel.text('ip6tables')
  t.strictSame(await cleanUpIptables({ run: kernel.run, dryRun: true }), ['ip6tables'])
  t.equal(kernel.text('ip6tables'), before)
  t.equal(
    kernel.calls.every((call) => call.endsWith('-save')),
    true,
  )
})

t.test('UDP flows to what was removed are forgotten; that this fails is no matter', async (t) => {
  const kernel = new FakeIptables()
  kernel.change('iptables', rules)
  kernel.fault = (call) => (call.startsWith('conntrack') ? missing : undefined)
  t.strictSame(await cleanUpIptables({ run: kernel.run, waitSeconds: 1 }), ['iptables'])
  t.match(
    kernel.calls.filter((call) => !call.includes('-save')),
    ['iptables-restore --noflush --wait=1', 'conntrack -L'],
  )
})

t.test('without iptables there is nothing to clean up', async (t) => {
  t.strictSame(await cleanUpIptables({ run: () => Promise.reject(missing) }), [])
})

t.test('a machine without one variant, or without IPv6, is cleaned up too', async (t) => {
  const kernel = new FakeIptables()
  kernel.change('iptables', rules)
  kernel.fault = (call) => (/^(ip6|iptables-legacy)/.test(call) ? denied : undefined)
  t.strictSame(await cleanUpIptables({ run: kernel.run }), ['iptables'])
})

t.test('who may not look is told so, after all that could be done', async (t) => {
  const kernel = new FakeIptables()
  kernel.change('ip6tables', rules)
  kernel.fault = (call) => (call === 'iptables-save' ? denied : undefined)
  await t.rejects(cleanUpIptables({ run: kernel.run }), {
    code: 'ERR_PORTAL',
    message: /CAP_NET_ADMIN/,
  })
  t.notMatch(kernel.text('ip6tables'), /KUBE/)
})

t.test('who may look and not remove is told so', async (t) => {
  const kernel = new FakeIptables()
  kernel.change('iptables', rules)
  kernel.fault = (call) => (call.includes('restore') ? denied : undefined)
  await t.rejects(cleanUpIptables({ run: kernel.run }), {
    code: 'ERR_PORTAL',
    message: /CAP_NET_ADMIN/,
  })
})
