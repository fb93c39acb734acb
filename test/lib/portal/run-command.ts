import t from 'tap'
import { createCommandRunner } from '../../../lib/portal/run-command.ts'

const script = (text: string) => ['-e', text]
const run = createCommandRunner({ path: process.env['PATH'] ?? '' })
const node = process.execPath

t.test('gives input, collects both outputs and the exit code', async (t) => {
  const echo = `process.stdin.pipe(process.stdout); console.error('bad'); process.exitCode = 3`
  t.strictSame(await run(node, script(echo), 'in'), { exitCode: 3, stdout: 'in', stderr: 'bad\n' })
  t.match(await run(node, script('')), { exitCode: 0, stdout: '' })
})

t.test('arguments are no shell text', async (t) => {
  const args = ['$(id)', '; id', '"']
  const { stdout } = await run(node, [
    ...script('console.log(process.argv.slice(1).join("|"))'),
    ...args,
  ])
  t.equal(stdout, '$(id)|; id|"\n')
})

t.test('the environment holds nothing of ours', async (t) => {
  process.env['LD_LIBRARY_PATH_OF_TEST'] = 'x'
  t.teardown(() => delete process.env['LD_LIBRARY_PATH_OF_TEST'])
  const { stdout } = await run(node, script('console.log(Object.keys(process.env).join())'))
  // The test runner follows its children with variables of its own.
  const names = stdout
    .trim()
    .split(',')
    .filter((name) => !/TAPJS|NODE_OPTIONS/.test(name))
  t.strictSame(names.sort(), ['LC_ALL', 'PATH'])
})

t.test('commands are looked for where distributions keep them', async (t) => {
  const { stdout } = await createCommandRunner()(node, script('console.log(process.env.PATH)'))
  t.match(stdout, '/usr/sbin:')
})

t.test('a command that is not there is an error', async (t) => {
  await t.rejects(run('no-such-command', []), { code: 'ENOENT' })
})

t.test('a command that does not read its input may end', async (t) => {
  t.match(await run(node, script('process.exit(4)'), 'x'.repeat(1_000_000)), { exitCode: 4 })
})

t.test('a command that does not end is ended', async (t) => {
  const impatient = createCommandRunner({ timeoutMs: 200 })
  const ended = await impatient(node, script('setInterval(() => {}, 1000)')).catch(
    (error: { killed: boolean }) => error.killed,
  )
  t.equal(ended, true)
})

t.test('a command that prints without end is ended', async (t) => {
  const narrow = createCommandRunner({ maxOutputBytes: 100 })
  const endless = `setInterval(() => console.log('x'.repeat(1000)), 1)`
  await t.rejects(narrow(node, script(endless)), { code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' })
})
