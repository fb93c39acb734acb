import { readFileSync } from 'node:fs'
import t from 'tap'
import { runBinary } from '../fixtures/binary.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

t.test('alone it prints help and opens nothing', async (t) => {
  const { code, stdout, stderr } = await runBinary(t, [])
  t.equal(code, 0)
  t.equal(stderr, '')
  for (const command of ['hello', 'run', 'get [resource]', 'rules', 'cleanup', 'version']) {
    t.match(stdout, new RegExp(`^  userspace-proxy ${command.replaceAll(/[[\]]/g, '\\$&')} `, 'm'))
  }
})

for (const command of ['hello', 'run', 'get', 'rules', 'cleanup', 'version']) {
  t.test(`${command} --help has an example, fits 80 columns and ends well`, async (t) => {
    const { code, stdout } = await runBinary(t, [command, '--help'], {
      env: { LANG: 'de_DE.UTF-8' },
    })
    t.equal(code, 0)
    t.match(stdout, new RegExp(`^Examples:\n  userspace-proxy ${command}`, 'm'))
    t.same(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    )
  })
}

t.test('version says what a bug report needs', async (t) => {
  const { code, stdout } = await runBinary(t, ['version'])
  t.equal(code, 0)
  t.match(
    stdout,
    new RegExp(
      `^userspace-proxy ${version}\nnode ${process.versions.node}\nplatform \\S+ \\S+ \\S+\n$`,
    ),
  )
})

t.test('version -o json says it to programs', async (t) => {
  const { stdout } = await runBinary(t, ['version', '-ojson'])
  t.match(JSON.parse(stdout), { 'userspace-proxy': version, node: process.versions.node })
})

t.test('--version is the number alone', async (t) => {
  const { code, stdout } = await runBinary(t, ['--version'])
  t.equal(code, 0)
  t.equal(stdout, `${version}\n`)
})
