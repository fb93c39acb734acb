// The demo as a reader runs it: as root, as anybody, and where namespaces are forbidden.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, chmodSync, rmSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { assertBuilt, follow, root, script } from '../fixtures/binary.ts'
import { readDemo, recordOf } from '../fixtures/demo-output.ts'
import { networkUnavailable } from '../fixtures/network.ts'

assertBuilt()
const isRoot = process.getuid?.() === 0
const { PATH = '' } = process.env

/** As nobody, whose home is a folder of its own. */
function asNobody(t: Test): string[] {
  const home = mkdtempSync(join(tmpdir(), 'lab-demo-'))
  t.teardown(() => rmSync(home, { recursive: true }))
  chmodSync(home, 0o777)
  const ids = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--']
  return isRoot ? ['setpriv', ...ids, 'env', `HOME=${home}`] : ['env', `HOME=${home}`]
}

/** In a user namespace whose own namespaces may not have any. */
const forbidding = [
  'unshare',
  '--user',
  '--map-root-user',
  'sh',
  '-c',
  'echo 0 >/proc/sys/user/max_user_namespaces && echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"',
  'sh',
]

async function demo(t: Test, prefix: readonly string[]) {
  const before = snapshot()
  const command = [...prefix, process.execPath, script, 'demo', '-o', 'json']
  const args = ['-i', `PATH=${PATH}:/usr/sbin:/sbin`, ...command]
  const running = follow(
    t,
    spawn('/usr/bin/env', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  const { code, stdout, stderr } = await running.exited
  t.same({ code, stderr }, { code: 0, stderr: '' })
  t.same(snapshot(), before, 'the machine is as it was')
  return readDemo(stdout)
}

/** What a lab might leave behind. */
function snapshot(): object {
  const said = (command: string, ...args: string[]): string =>
    spawnSync(command, args, { encoding: 'utf8' }).stdout
  const names = (path: string): string[] => {
    try {
      return readdirSync(path)
    } catch {
      return []
    }
  }
  return {
    namespaces: names('/run/netns'),
    links: said('ip', '-br', 'link').replaceAll(/ +.*/g, ''),
    rules: said('iptables-save').replaceAll(/^#.*|\[\d+:\d+\]/gm, ''),
    tables: said('nft', 'list', 'tables'),
    processes: said('ps', '-eo', 'args')
      .split('\n')
      .filter((line) => line.includes(`${root}dist/`)),
  }
}

function check(t: Test, output: Awaited<ReturnType<typeof demo>>): void {
  const { summary, reports } = output
  t.match(summary, { scenes: 7, failed: 0 })
  // Half a minute on a machine that has nothing else to do; how busy this one is nobody knows.
  t.comment(`${Math.round(summary.durationMs)} ms`)
  const [iptables, userspace] = recordOf(reports, 'dead-pod').modes
  t.ok(Math.abs((iptables?.refused ?? 0) - 100) <= 40, `iptables refused ${iptables?.refused}`)
  t.match(userspace, { truth: 'REAL', ok: 300, refused: 0, other: 0 })
  t.ok((userspace?.retried ?? 0) > 0)
}

function checkReal(t: Test, output: Awaited<ReturnType<typeof demo>>): void {
  check(t, output)
  const { reports } = output
  t.match(recordOf(reports, 'cluster-ip'), {
    truth: 'REAL',
    before: { addresses: 0, listeners: 0, outcome: 'timeout' },
    after: { addresses: 0, listeners: 0, outcome: 'ok', wrongPort: 'timeout' },
  })
  const userspace = recordOf(reports, 'userspace')
  t.match(userspace, { truth: 'REAL', answered: { counts: [4, 4, 4], whose: 'node' } })
  t.match(userspace.rules.texts[0], /^-A KUBE-PORTALS-CONTAINER .*-j REDIRECT/)
  const iptables = recordOf(reports, 'iptables')
  t.match(iptables, {
    truth: 'REAL',
    answered: { whose: 'client' },
    trace: { truth: 'REAL', dialled: '10.96.0.10:80' },
  })
  t.match(iptables.trace?.chains[1], 'KUBE-SVC-CDGGSHYLG3RE2FKL')
  t.ok(recordOf(reports, 'dead-pod').modes.every(({ truth }) => truth === 'REAL'))
  const cost = recordOf(reports, 'cost')
  t.ok(cost.modes.some(({ mode }) => mode === 'iptables'))
  for (const { mode, newConnection, openConnection } of cost.modes) {
    t.ok(newConnection && openConnection, `${mode} was measured`)
  }
}

const reason = networkUnavailable()
const skip = reason !== undefined && !process.env['CI'] ? reason : false

t.test('as root', { skip: skip || (isRoot ? false : 'this user is not root') }, async (t) => {
  const output = await demo(t, [])
  t.equal(output.lab.level, 'root')
  checkReal(t, output)
})

t.test('as anybody', { skip }, async (t) => {
  const output = await demo(t, asNobody(t))
  t.equal(output.lab.level, 'rootless')
  checkReal(t, output)
})

t.test('where namespaces are forbidden', { skip }, async (t) => {
  const output = await demo(t, [...asNobody(t), ...forbidding])
  t.equal(output.lab.level, 'loopback')
  t.not(output.lab.reason, '')
  check(t, output)
  const [iptables] = recordOf(output.reports, 'dead-pod').modes
  t.equal(iptables?.truth, 'SIMULATED')
})
