import { spawn, spawnSync } from 'node:child_process'
import type { Test } from 'tap'
import t from 'tap'
import { assertBuilt, root, script } from '../fixtures/binary.ts'
import { shopManifest, writeShop } from '../fixtures/shop.ts'

// util-linux's script(1) gives a program a terminal; the one of other systems has other flags.
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes(
  'util-linux',
)
const skip = hasScript ? false : 'no script(1) of util-linux'

/** What the daemon writes to a terminal until Ctrl-C is pressed there. */
async function runInTerminal(t: Test, env: Record<string, string>): Promise<string> {
  assertBuilt()
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [] }]))
  const flags = `--manifests ${path} --metrics-bind-address 127.0.0.1:0`
  const { PATH = '' } = process.env
  // The runner adds its loader and its coverage to every child.
  const command = `unset NODE_OPTIONS; exec ${process.execPath} ${script} run ${flags}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: root,
    env: { PATH, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    const wasThere = output.includes('shop/web')
    output += String(chunk)
    if (!wasThere && output.includes('shop/web')) child.stdin.write('\u0003')
  }
  return output
}

t.test('at a terminal the log is lines with colours', { skip }, async (t) => {
  const output = await runInTerminal(t, {})
  t.match(output, /\[\d\d:\d\d:\d\d\] .*INFO.*admin surface on 127/)
  t.match(output, '\u001B[')
})

t.test('NO_COLOR is honoured', { skip }, async (t) => {
  const output = await runInTerminal(t, { NO_COLOR: '1' })
  t.match(output, /\[\d\d:\d\d:\d\d\] INFO: admin surface on 127/)
  t.notMatch(output, '\u001B[')
})
