import t from 'tap'
import type { RestoreStep } from '../../../lib/portal/iptables-diff.ts'
import { iptablesDifference } from '../../../lib/portal/iptables-diff.ts'
import { iptablesRules } from '../../../lib/portal/iptables-rules.ts'
import { IptablesTool } from '../../../lib/portal/iptables-tool.ts'
import { goldenBound } from '../../fixtures/bound-service-ports.ts'
import { FakeIptables } from '../../fixtures/fake-iptables.ts'
import { comparable } from '../../fixtures/golden-rules.ts'

const options = { family: 'IPv4', nodeAddress: '192.168.77.1', externalIPCIDRs: [] } as const
const { ruleSet: wanted } = iptablesRules(goldenBound(), options)
const toolOf = (kernel: FakeIptables) =>
  new IptablesTool({ family: 'IPv4', run: kernel.run, waitSeconds: 5 })

t.test('is named as its command', async (t) => {
  const { run } = new FakeIptables()
  const name = (family: 'IPv4' | 'IPv6', variant?: 'nft' | 'legacy') =>
    new IptablesTool({ family, variant, run, waitSeconds: 5 }).name
  t.strictSame(
    [name('IPv4'), name('IPv6'), name('IPv4', 'legacy'), name('IPv6', 'nft')],
    ['iptables', 'ip6tables', 'iptables-legacy', 'ip6tables-nft'],
  )
})

t.test('a change is one save and one restore', async (t) => {
  const kernel = new FakeIptables()
  const plan = () => [{ table: 'nat', lines: ['-A PREROUTING -j RETURN'] }] as const
  const { before, steps } = await toolOf(kernel).change(plan)
  t.strictSame(kernel.calls, ['iptables-save', 'iptables-restore --noflush --wait=5'])
  t.strictSame(before.nat.get('PREROUTING'), [])
  t.strictSame(steps, plan())
  t.match(kernel.text('iptables'), '-A PREROUTING -j RETURN')
})

t.test('nothing to change is one save', async (t) => {
  const kernel = new FakeIptables()
  t.strictSame((await toolOf(kernel).change(() => [])).steps, [])
  t.strictSame(kernel.calls, ['iptables-save'])
})

t.test('what the kernel refuses for its size is cut smaller, and remembered', async (t) => {
  const kernel = new FakeIptables()
  // Accepts four lines a transaction: the jumps of OUTPUT belong together.
  const isTooMuch = (input: string) =>
    input.split('COMMIT\n').some((part) => part.split('\n').length > 6)
  kernel.fault = (_, input) =>
    isTooMuch(input)
      ? { exitCode: 1, stdout: '', stderr: 'iptables-restore: line 9 failed: Message too long.' }
      : undefined
  const tool = toolOf(kernel)
  await tool.change((present) => iptablesDifference(wanted, present).steps)
  const after = await tool.save()
  t.strictSame(comparable(after), comparable(wanted))
  t.equal(kernel.calls.length > 4, true, 'it had to try')
  kernel.calls.length = 0
  const more: RestoreStep[] = Array.from({ length: 9 }, () => ({
    table: 'nat',
    lines: ['-A OUTPUT -j RETURN'],
  }))
  await tool.change(() => more)
  t.equal(kernel.calls.length, 2, 'and has not to try again')
})

t.test('a kernel that takes nothing at all is given up', async (t) => {
  const kernel = new FakeIptables()
  kernel.fault = (call) =>
    call.includes('restore') ? { exitCode: 1, stdout: '', stderr: 'Message too long' } : undefined
  const tool = toolOf(kernel)
  const change = tool.change(() => [{ table: 'nat', lines: ['-A OUTPUT -j RETURN'] }])
  await t.rejects(change, { code: 'ERR_PORTAL', message: 'iptables-restore: Message too long' })
  t.equal(tool.failures, 1, 'once, however often it was tried')
})

t.test(
  'after a failure that left half of the change behind, the next one is made from what is there',
  async (t) => {
    const kernel = new FakeIptables()
    const tool = toolOf(kernel)
    kernel.fault = (call, input) => {
      if (!call.includes('restore')) return undefined
      kernel.change('iptables', input.slice(0, input.indexOf('*nat')))
      return { exitCode: 1, stdout: '', stderr: 'iptables-restore: line 20 failed' }
    }
    const plan = (present: typeof wanted) => iptablesDifference(wanted, present).steps
    await t.rejects(tool.change(plan), {
      code: 'ERR_PORTAL',
      message: 'iptables-restore: iptables-restore: line 20 failed',
    })
    kernel.fault = () => undefined
    const { steps } = await tool.change(plan)
    t.equal(
      steps.every(({ table }) => table === 'nat'),
      true,
    )
    t.strictSame((await tool.change(plan)).steps, [])
  },
)

t.test('tables that were made with nft are left alone, with a word why', async (t) => {
  const kernel = new FakeIptables()
  const stdout = "# Table `nat' is incompatible, use 'nft' tool.\n"
  kernel.fault = () => ({ exitCode: 0, stdout, stderr: '' })
  await t.rejects(toolOf(kernel).save(), {
    code: 'ERR_PORTAL',
    message: /table nat holds rules that were written with nft/,
  })
})

t.test('a command that fails or cannot run is an ERR_PORTAL', async (t) => {
  const kernel = new FakeIptables()
  kernel.fault = () => Object.assign(new Error('spawn iptables-save ENOENT'), { code: 'ENOENT' })
  await t.rejects(toolOf(kernel).save(), {
    code: 'ERR_PORTAL',
    message: /iptables-save is not installed/,
  })
  kernel.fault = () => ({ exitCode: 4, stdout: '', stderr: 'Permission denied (you must be root)' })
  await t.rejects(toolOf(kernel).save(), { code: 'ERR_PORTAL', message: /CAP_NET_ADMIN/ })
})

t.test('a belief that was wrong is counted, and is no failure', async (t) => {
  const kernel = new FakeIptables()
  const tool = toolOf(kernel)
  const plan = (present: typeof wanted) => iptablesDifference(wanted, present).steps
  await tool.change(plan)
  t.same([tool.wrongBeliefs, tool.failures], [0, 0])
  const none = { nat: new Map(), filter: new Map() }
  await tool.change(() => iptablesDifference(none, wanted).steps, wanted)
  const others = { nat: wanted.nat, filter: new Map() }
  await tool.change((present) => iptablesDifference(none, present).steps, others)
  t.same([tool.wrongBeliefs, tool.failures], [1, 0])
})
