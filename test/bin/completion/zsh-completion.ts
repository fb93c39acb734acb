import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { zshCompletion } from '../../../bin/completion/zsh-completion.ts'
import { commands } from '../../../bin/command-line.ts'
import { describeCommand } from '../../../bin/describe/describe-command.ts'

const descriptions = commands.flatMap((command) => describeCommand(command) ?? [])
const text = zshCompletion(descriptions)
const hasZsh = spawnSync('zsh', ['-fc', 'zmodload zsh/zpty']).status === 0
const skip = hasZsh ? false : 'no zsh'

t.test('every command and every flag is in it', async (t) => {
  for (const { name, flags } of descriptions) {
    const block = text.split(`\n        ${name})\n`)[1]?.split(';;')[0] ?? ''
    const missing = flags.filter((flag) => !new RegExp(`'\\*?--${flag.name}[=[]`).test(block))
    t.same(missing, [], name)
  }
  t.match(text, /^#compdef userspace-proxy\n/)
})

t.test('what stands in help texts ends no text of zsh', async (t) => {
  const one = {
    name: 'bake',
    usage: 'bake',
    describe: "the baker's: bread",
    positionals: [],
    flags: [
      { name: 'a', short: 'a', describe: "it's [x]: y", kind: 'value', default: undefined },
    ] as const,
    examples: [],
  }
  t.match(zshCompletion([one]), String.raw`'bake:the baker'\''s: bread'`)
  t.match(zshCompletion([one]), String.raw`'--a=[it'\''s \[x\]\: y]:a: '`)
})

const folder = t.testdir({ 'shop.yaml': '', 'other.yaml': '' })
const script = `${folder}/_userspace-proxy`
writeFileSync(script, text)

/** Types a line and Tab into a zsh, and returns what stands there when it has moved the cursor behind it. */
function press(line: string): string {
  const program = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z 'PS1=; cd "${folder}"; autoload -U compinit && compinit -u -D; source "${script}"; bindkey "^I" complete-word; print READY-$((1+1))'
    zpty -r -m z ignored '*READY-2*'
    zpty -n -w z $1$'\\t'' END'$'\\C-a''print -r -- "DONE ' $'\\C-e''"'$'\\r'
    zpty -r -m z out '*DONE *END"*DONE *END*'
    print -r -- $out
    zpty -d z`
  const { stdout } = spawnSync('zsh', ['-fc', program, 'zsh', line], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'dumb' },
  })
  return [...stdout.matchAll(/^DONE (.*?) +END/gm)].at(-1)?.[1]?.trim() ?? stdout
}

const rows = [
  ['userspace-proxy val', 'userspace-proxy validate'],
  ['userspace-proxy run --portals ipt', 'userspace-proxy run --portals iptables'],
  ['userspace-proxy run --portals=any', 'userspace-proxy run --portals=anyip'],
  [
    'userspace-proxy run --manifests other.yaml sh',
    'userspace-proxy run --manifests other.yaml shop.yaml',
  ],
  ['userspace-proxy get serv', 'userspace-proxy get services'],
  ['userspace-proxy get services -o js', 'userspace-proxy get services -o json'],
] as const

for (const [typed, completed] of rows) {
  t.test(`${typed} is completed`, { skip }, async (t) => t.equal(press(typed), completed))
}
