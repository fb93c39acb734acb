// A user without rights: nothing is changed, and one line says what to do. Nothing here may run with rights, since
// `cleanup` and `run --portals` would change the tables of the machine.
import { spawn, spawnSync } from 'node:child_process'
import type { Test } from 'tap'
import t from 'tap'
import type { Exit } from '../fixtures/binary.ts'
import { assertBuilt, follow, root, script } from '../fixtures/binary.ts'

/** As `nobody`; whoever is not root has no rights as it is. */
const setpriv = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']
// An environment of its own: tap's loader would follow into it, and could write nothing there.
const powerless = [...(process.getuid?.() === 0 ? setpriv : []), 'env', '-i', process.execPath]

/** Why there is nothing to try here. */
function reason(): string | false {
  if (process.platform !== 'linux') return 'iptables and routes are a thing of Linux'
  assertBuilt()
  const [command = '', ...args] = powerless
  const rights = `require('fs').accessSync('${script}');
    console.log(require('fs').readFileSync('/proc/self/status', 'utf8'))`
  const { stdout, stderr, error } = spawnSync(command, [...args, '-e', rights], {
    encoding: 'utf8',
  })
  const [, effective] = /^CapEff:\t(\w+)$/m.exec(stdout ?? '') ?? []
  if (effective === undefined) return `no user without rights: ${error?.message ?? stderr}`
  return /^0+$/.test(effective) ? false : 'this user has rights'
}

const skip = reason()

async function run(t: Test, args: readonly string[]): Promise<Exit> {
  const [command = '', ...rest] = powerless
  return follow(t, spawn(command, [...rest, script, ...args], { cwd: root })).exited
}

function isThere(tool: string): boolean {
  return spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${tool}`]).status === 0
}

const manifests = ['--manifests', 'examples/shop.yaml', '--healthz-bind-address=']
const asRoot = 'run as root'
const cases: readonly (readonly [args: string[], tool: string, advice: string])[] = [
  [['cleanup'], 'iptables-save', asRoot],
  [
    ['run', ...manifests, '--portals', 'iptables'],
    'iptables-save',
    `${asRoot}, or use --portals none`,
  ],
  [
    ['run', ...manifests, '--portals', 'anyip', '--service-cidr', '198.51.100.0/24'],
    'ip',
    `${asRoot}, or use --portals none`,
  ],
]

for (const [args, tool, advice] of cases) {
  const isMissing = skip === false && !isThere(tool)
  const options = { skip: isMissing ? `no ${tool} here` : skip }
  t.test(`${args.join(' ')} says what to do`, options, async (t) => {
    const { code, stdout, stderr } = await run(t, args)
    t.same({ code, stdout }, { code: 1, stdout: '' })
    const what = `the right CAP_NET_ADMIN is missing: ${advice}`
    t.match(stderr, new RegExp(`^error: ${tool}: ${what} \\(.*\\)\n$`))
  })
}

t.test('rules needs no rights', { skip }, async (t) => {
  const { code, stdout } = await run(t, [
    'rules',
    '--manifests',
    'test/fixtures/golden/services.yaml',
  ])
  t.equal(code, 0)
  t.match(stdout, '-A KUBE-PORTALS-HOST -d 10.96.30.1/32 ')
})
