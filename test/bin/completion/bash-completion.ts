import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { bashCompletion } from '../../../bin/completion/bash-completion.ts'
import { flagValues } from '../../../bin/completion/flag-values.ts'
import { commands } from '../../../bin/command-line.ts'
import { describeCommand } from '../../../bin/describe/describe-command.ts'

const descriptions = commands.flatMap((command) => describeCommand(command) ?? [])
const hasBash = spawnSync('bash', ['-c', 'exit 0']).status === 0
const skip = hasBash ? false : 'no bash'

const folder = t.testdir({ 'shop.yaml': '', 'shop two.yaml': '', 'other.yaml': '' })
const script = `${folder}/completion.bash`
writeFileSync(script, bashCompletion(descriptions))

/** What bash would offer for the last word. It cuts words at `=` before it asks. */
function complete(...words: readonly string[]): string[] {
  const program = `source "$0"; COMP_WORDS=(userspace-proxy "$@"); COMP_CWORD=$#
    _userspace_proxy; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', program, script, ...words], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 20_000,
  })
  if (stderr !== '') throw new Error(stderr)
  return stdout.split('\n').filter((line) => line !== '')
}

const names = descriptions.map(({ name }) => name)

const rows: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [[''], names],
  [['val'], ['validate']],
  [['man'], []],
  [['run', '--portal'], ['--portals']],
  [
    ['run', '--portals', ''],
    ['none', 'iptables', 'anyip'],
  ],
  [
    ['run', '--portals', '='],
    ['none', 'iptables', 'anyip'],
  ],
  [['run', '--portals', '=', 'any'], ['anyip']],
  [['rules', '--portals', 'n'], []],
  [['run', '--portals', 'none', ''], []],
  [['run', '--grace', ''], []],
  [['run', '--manifests', 'o'], ['other.yaml']],
  [
    ['run', '--manifests', 'other.yaml', 'shop'],
    ['shop two.yaml', 'shop.yaml'],
  ],
  [['run', '--in-cluster', ''], []],
  [['get', 'en'], ['endpoints']],
  [['get', 'services', '-o', 'js'], ['json']],
  [['get', 'services', '--all'], ['--all-namespaces']],
  [
    ['completion', ''],
    ['bash', 'zsh'],
  ],
  [['--ver'], ['--version']],
  [['nonsense', '--ver'], ['--version']],
]

for (const [words, offered] of rows) {
  t.test(`${words.join(' ') || 'nothing'} is completed`, { skip }, async (t) => {
    t.same(complete(...words).toSorted(), offered.toSorted())
  })
}

t.test('every flag of every command is offered', { skip }, async (t) => {
  for (const { name, flags } of descriptions) {
    const offered = complete(name, '--')
    const missing = flags.filter((flag) => !offered.includes(`--${flag.name}`))
    t.same(missing, [], name)
  }
})

t.test('values are those of flags that there are', async (t) => {
  const described = (command: string, flag: string): boolean => {
    const { flags = [] } = descriptions.find(({ name }) => name === command) ?? {}
    return flags.some(({ name, kind }) => name === flag && kind !== 'switch')
  }
  const known = descriptions.flatMap(({ name, flags }) =>
    flags
      .filter((flag) => flagValues(name, flag.name).length > 0)
      .map((flag) => [name, flag.name] as const),
  )
  t.ok(known.length > 8)
  t.ok(known.every(([command, flag]) => described(command, flag)))
  for (const { name, flags } of descriptions) {
    for (const { name: flag, default: value } of flags) {
      const values = flagValues(name, flag)
      if (values === 'files' || values.length === 0 || value === undefined) continue
      t.ok(values.includes(value), `${name} --${flag} ${value}`)
    }
  }
})
