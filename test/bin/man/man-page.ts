import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { commands } from '../../../bin/command-line.ts'
import { describeCommand } from '../../../bin/describe/describe-command.ts'
import { manPage } from '../../../bin/man/man-page.ts'

const descriptions = commands.flatMap((command) => describeCommand(command) ?? [])
const page = manPage({ commands: descriptions, version: '1.2.3' })
const lines = page.trimEnd().split('\n')

t.test('it has the sections that a man page has, in their order', async (t) => {
  const sections = lines.filter((line) => line.startsWith('.SH ')).map((line) => line.slice(4))
  t.same(sections, [
    'NAME',
    'SYNOPSIS',
    'DESCRIPTION',
    'COMMANDS',
    'EVERYWHERE',
    '"EXIT STATUS"',
    'ENVIRONMENT',
    '"SEE ALSO"',
  ])
  t.match(lines[0], /^\.TH USERSPACE\\-PROXY 1 "" "userspace\\-proxy 1\.2\.3" /)
  t.match(lines[2], /^userspace\\-proxy \\- /)
})

t.test('it has every command, flag and example', async (t) => {
  for (const { usage, flags, examples } of descriptions) {
    const title = `.SS "${usage.replaceAll('-', String.raw`\-`)}"`
    const from = lines.indexOf(title)
    t.ok(from > 0, title)
    const next = lines.findIndex((line, i) => i > from && /^\.S[SH] /.test(line))
    const block = lines
      .slice(from, next)
      .join('\n')
      .replaceAll(String.raw`\-`, '-')
    for (const { name } of flags) t.match(block, new RegExp(`^\\.B (?:-\\w, )?--${name}\\b`, 'm'))
    for (const { line } of examples) t.ok(block.includes(`.B ${line}\n`), line)
  }
})

t.test('only the requests that it means are requests', async (t) => {
  const requests = /^\.(?:TH|SH|SS|TP|B|I|BR)(?: |$)/
  t.same(
    lines.filter((line) => /^[.']/.test(line) && !requests.test(line)),
    [],
  )
  t.same(
    lines.filter((line) => line === ''),
    [],
  )
  const one = {
    name: 'x',
    usage: 'x "y"',
    describe: String.raw`'.\n`,
    positionals: [],
    flags: [],
    examples: [{ line: 'x', describe: '.so /etc/passwd' }],
  }
  const text = manPage({ commands: [one], version: '1' })
  t.match(text, '\n.SS "x \\(dqy\\(dq"\n')
  t.match(text, "\n\\&'.\\en.\n")
  t.match(text, '\n\\&.so /etc/passwd\n')
})

const path = `${t.testdir()}/userspace-proxy.1`
writeFileSync(path, page)

for (const [program, ...args] of [
  ['man', '--warnings', '-l', path],
  ['groff', '-man', '-ww', '-Tutf8', path],
] as const) {
  const isThere = spawnSync(program, ['--version']).status === 0
  const skip = isThere ? false : `no ${program}`
  t.test(`${program} has nothing to say against it`, { skip }, async (t) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80' }
    const { status, stderr, stdout } = spawnSync(program, args, { encoding: 'utf8', env })
    t.equal(stderr, '')
    t.equal(status, 0)
    t.match(stdout, 'relay')
  })
}
