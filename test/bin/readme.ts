import { readFileSync } from 'node:fs'
import t from 'tap'
import { closeReasons, defaults, errorCodes, failureReasons } from '../../lib/index.ts'
import { root, runBinary } from '../fixtures/binary.ts'

const readme = readFileSync(`${root}README.md`, 'utf8')

/** The cells of the table that stands under a header, without backticks and padding. */
function table(header: readonly string[]): string[][] {
  const rows = readme.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
  const first = rows.findIndex((cells) => cells.join('|') === header.join('|'))
  const after = rows.slice(first + 2)
  return after.slice(
    0,
    after.findIndex((cells) => cells.length === 0),
  )
}

t.test('the codes of README are those of the library', async (t) => {
  t.same(table(['Code', 'Meaning']), Object.entries(errorCodes))
})

t.test('the reasons of README are those of the library', async (t) => {
  t.same(table(['Reason of a failure', 'Meaning']), Object.entries(failureReasons))
  t.same(table(['Reason of an end', 'Meaning']), Object.entries(closeReasons))
})

t.test('the options of README are those of the library, and its flags those of run', async (t) => {
  const rows = table(['Option', 'Flag', 'Default', 'Unit and meaning'])
  const written = Object.entries(defaults).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value === '' ? '""' : String(value),
  ])
  t.same(
    rows.map(([name, , value]) => [name, value]),
    written,
  )
  const { stdout } = await runBinary(t, ['run', '--help'])
  const flags = rows.flatMap(([, flag]) => (flag ? [flag] : []))
  t.equal(flags.length, 5)
  for (const flag of flags) t.match(stdout, new RegExp(`^ +${flag} `, 'm'))
})

t.test('README is short enough to be read, and has no gaps', async (t) => {
  t.ok(readme.split('\n').length <= 300)
  t.notMatch(readme, '@@')
})
