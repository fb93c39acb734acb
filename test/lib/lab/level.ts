import t from 'tap'
import type { CommandResult } from '../../../lib/index.ts'
import type { ChooseLevelOptions } from '../../../lib/lab/level.ts'
import { chooseLevel } from '../../../lib/lab/level.ts'

const all = [
  'mount',
  'ip',
  'node',
  'iptables iptables v1.8.9 (nf_tables)',
  'nft nftables v1.0.6 (Lester Gooch #5)',
  'monitor',
  'conntrack',
]

interface Row {
  readonly what: string
  readonly options?: ChooseLevelOptions
  /** What the probe prints as root, and with a user namespace; or the code with which it cannot be started. */
  readonly root?: Partial<CommandResult> | string
  readonly rootless?: Partial<CommandResult> | string
  readonly settings?: Readonly<Record<string, string>>
  readonly level: string
  readonly why?: string | RegExp
  readonly help?: string | RegExp
}

const refused = { exitCode: 1, stderr: 'unshare: unshare failed: Operation not permitted\n' }
const printed = (...lines: readonly string[]) => ({ stdout: `${lines.join('\n')}\n` })

const rows: readonly Row[] = [
  { what: 'root where it can be had', options: { uid: 0 }, level: 'root' },
  { what: 'rootless for users', options: { uid: 1000 }, level: 'rootless' },
  { what: 'what was asked for', options: { uid: 0, level: 'rootless' }, level: 'rootless' },
  { what: 'loopback where that was asked for', options: { level: 'loopback' }, level: 'loopback' },
  {
    what: 'a user namespace for root in a container that may not do more',
    options: { uid: 0 },
    root: refused,
    level: 'rootless',
    why: /^no namespaces can be made: .*Operation not permitted$/,
    help: 'a container that may unshare (--privileged)',
  },
  {
    what: 'loopback on other systems',
    options: { platform: 'darwin' },
    level: 'loopback',
    why: 'network namespaces are a thing of Linux',
    help: '',
  },
  {
    what: 'loopback on Ubuntu, and what would help',
    options: { uid: 1000 },
    rootless: refused,
    settings: { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' },
    level: 'loopback',
    why: 'namespaces of users are blocked (kernel.apparmor_restrict_unprivileged_userns=1)',
    help: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or as root',
  },
  {
    what: 'loopback where nobody says why',
    options: { uid: 1000 },
    rootless: refused,
    level: 'loopback',
    why: /Operation not permitted$/,
    help: 'as root',
  },
  {
    what: 'loopback without unshare',
    options: { uid: 1000 },
    rootless: 'ENOENT',
    level: 'loopback',
    why: 'unshare is not installed',
    help: 'install the package util-linux',
  },
  {
    what: 'loopback where unshare does not end',
    options: { uid: 1000 },
    rootless: 'ETIMEDOUT',
    level: 'loopback',
    why: 'no namespaces can be made: spawn ETIMEDOUT',
    help: 'as root',
  },
  {
    what: 'loopback without ip',
    options: { uid: 1000 },
    rootless: { ...printed('mount'), stderr: 'sh: 2: ip: not found\n' },
    level: 'loopback',
    why: 'ip is not installed',
    help: 'install the package iproute2',
  },
  {
    what: 'loopback where Node cannot be run',
    options: { uid: 1000 },
    rootless: { ...printed('mount', 'ip'), stderr: 'nsenter: failed\n' },
    level: 'loopback',
    why: 'Node cannot be run in namespaces: nsenter: failed',
    help: '',
  },
  {
    what: 'loopback without iptables and nft',
    options: { uid: 1000 },
    rootless: printed('mount', 'ip', 'node'),
    level: 'loopback',
    why: 'neither iptables nor nft can be used',
    help: 'install the package iptables',
  },
  {
    what: 'one of both is enough',
    options: { uid: 1000 },
    rootless: printed('mount', 'ip', 'node', 'nft nftables v1.0.6'),
    level: 'rootless',
  },
]

function machine({ root, rootless, settings = {}, options }: Row): ChooseLevelOptions {
  return {
    platform: 'linux',
    run: async (_, args) => {
      const result = (args.includes('--user') ? rootless : root) ?? printed(...all)
      if (typeof result !== 'string') return { exitCode: 0, stdout: '', stderr: '', ...result }
      throw Object.assign(new Error(`spawn ${result}`), { code: result })
    },
    readSetting: async (path) => settings[path],
    ...options,
  }
}

for (const row of rows) {
  t.test(row.what, async (t) => {
    const { level, why, help } = await chooseLevel(machine(row))
    t.equal(level, row.level)
    t.match(why, row.why ?? '')
    t.match(help, row.help ?? '')
    if (row.why === undefined) t.equal(`${why}${help}`, '')
  })
}

t.test('a level that cannot be had is refused, with the reason and what would help', async (t) => {
  const denied = (row: Omit<Row, 'level' | 'what'>) =>
    chooseLevel(machine({ ...row, what: '', level: '' }))
  await t.rejects(denied({ options: { uid: 1000, level: 'root' } }), {
    code: 'ERR_UNSUPPORTED',
    message: 'level root: this user is not root. try: sudo, or --level rootless',
  })
  await t.rejects(denied({ options: { platform: 'win32', level: 'rootless' } }), {
    code: 'ERR_UNSUPPORTED',
    message: 'level rootless: network namespaces are a thing of Linux',
  })
  await t.rejects(denied({ options: { uid: 0, level: 'root' }, root: refused }), {
    code: 'ERR_UNSUPPORTED',
    message: /^level root: no namespaces can be made: .*\. try: a container/,
  })
})

t.test('modes whose tools are missing are a model, and say so', async (t) => {
  const modesWith = async (...lines: readonly string[]) => {
    const rootless = printed('mount', 'ip', 'node', ...lines)
    const { modes } = await chooseLevel(
      machine({ what: '', level: '', options: { uid: 1 }, rootless }),
    )
    return modes.map(({ mode, truth, reason }) => `${mode} ${truth} ${reason}`.trim())
  }
  t.match(await modesWith('nft nftables v1.0.6'), [
    'direct REAL',
    /^userspace REAL iptables is not installed.*a route does what the redirect would$/,
    'anyip REAL',
    /^iptables SIMULATED iptables is not installed/,
    'nftables REAL',
    /^ipvs SIMULATED this kernel has no ip_vs/,
  ])
  t.match(await modesWith('iptables iptables v1.8.9 (legacy)', 'ipvs'), [
    'direct REAL',
    'userspace REAL',
    'anyip REAL',
    'iptables REAL',
    /^nftables SIMULATED nft is not installed/,
    /^ipvs SIMULATED the lab does not drive ip_vs/,
  ])
})

t.test('this machine can be asked', async (t) => {
  const { level, why } = await chooseLevel()
  t.match(level, /^(?:loopback|rootless|root)$/)
  t.equal(why !== '', level === 'loopback')
})
