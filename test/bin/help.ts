/** What every command promises in its help: that it fits a terminal, and that its examples work. */
import { copyFileSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { commands } from '../../bin/command-line.ts'
import type { CommandDescription } from '../../bin/describe/describe-command.ts'
import { describeCommand } from '../../bin/describe/describe-command.ts'
import { root, startBinary } from '../fixtures/binary.ts'
import { startCommandLines } from '../fixtures/command-lines.ts'

const descriptions = commands.flatMap((command) => describeCommand(command) ?? [])

const run = startCommandLines(t)
const server = await startDaemon(t, folderOf(t))

/** A folder as the examples take it: with a shop.yaml. */
function folderOf(t: Test): string {
  const folder = t.testdir()
  copyFileSync(`${root}examples/shop.yaml`, `${folder}/shop.yaml`)
  return folder
}

/** Examples that are not run here, and why. */
const notRun: Readonly<Record<string, string>> = {
  'userspace-proxy run --in-cluster --portals iptables': 'needs a cluster; test/cluster runs it',
  'userspace-proxy lab --open':
    'would open a browser; test/integration/lab-command.ts has one that does nothing',
  'userspace-proxy cleanup': 'would change this machine; test/integration runs it',
  'userspace-proxy bench --report tradeoffs.md': 'takes minutes; test/integration runs a short one',
  'userspace-proxy bench --quick': 'test/integration/lab-bench.ts runs it',
  'userspace-proxy bench --services 0,2000 --rounds 9': 'takes minutes',
  'userspace-proxy get conn -n shop -w': 'prints nothing until somebody connects',
  'userspace-proxy demo': 'takes half a minute; test/integration/lab-demo.ts runs it',
  'userspace-proxy demo --lang zh-CN --step':
    'waits for Enter; test/integration/demo-command.ts runs it',
  'userspace-proxy course 5 --lang zh-CN': 'as the one before it; test/lib/lab has the messages',
}

/** Examples that go on until Ctrl-C. */
const goesOn = /^userspace-proxy (?:hello$|lab |run )/

for (const description of descriptions) {
  const { name, examples, flags } = description
  t.test(`${name} --help has examples and fits 80 columns`, async (t) => {
    const { code, stdout } = await run([name, '--help'])
    t.equal(code, 0)
    t.same(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    )
    t.not(examples.length, 0)
    const words = stdout.replaceAll(/\s+/g, ' ')
    t.match(stdout, new RegExp(`\\nExamples:\\n {2}userspace-proxy ${name}\\b`))
    for (const flag of flags) t.ok(words.includes(`--${flag.name} `), flag.name)
  })

  for (const { line } of examples) {
    const skip = notRun[line] ?? false
    t.test(`${line} works`, { skip }, async (t) => {
      const args = line.split(' ').slice(1)
      if (goesOn.test(line)) await runUntilStopped(t, args)
      else await runToEnd(t, args, description)
    })
  }
}

async function runUntilStopped(t: Test, args: readonly string[]): Promise<void> {
  const program = startBinary(t, args, { cwd: folderOf(t) })
  await program.stdout(/\S/)
  program.kill('SIGINT')
  const { code, stderr } = await program.exited
  t.equal(code, 0, stderr)
}

/** One that asks a daemon gets its place. */
async function runToEnd(
  t: Test,
  args: readonly string[],
  { flags }: CommandDescription,
): Promise<void> {
  const cwd = folderOf(t)
  const place = flags.some(({ name }) => name === 'server') ? server : []
  const { code, stdout, stderr } = await run([...args, ...place], { cwd })
  t.equal(code, 0, stderr)
  t.not(stdout + stderr, '')
}

async function startDaemon(t: Test, cwd: string): Promise<string[]> {
  const flags = ['--metrics-bind-address', '127.0.0.1:0', '--healthz-bind-address', '']
  const daemon = startBinary(t, ['run', '--manifests', 'shop.yaml', ...flags], { cwd })
  const [, place = ''] = await daemon.stdout(/^admin surface (\S+)$/m)
  return ['--server', place]
}

t.test('every example that is not run is there', async (t) => {
  const lines = new Set(descriptions.flatMap(({ examples }) => examples.map(({ line }) => line)))
  t.same(
    Object.keys(notRun).filter((line) => !lines.has(line)),
    [],
  )
})

t.test('the help of all commands names each of them, and fits 80 columns', async (t) => {
  const { stdout } = await run(['--help'])
  for (const { usage } of descriptions) t.match(stdout, `\n  userspace-proxy ${usage} `)
  t.notMatch(stdout, ' man ')
  t.same(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  )
})
