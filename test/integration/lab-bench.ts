// The report of `bench`, measured in namespaces: short, but with every cell that it has.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runBinary, startBinary } from '../fixtures/binary.ts'
import { chooseLevel } from '../../lib/lab/level.ts'

const { level, why } = await chooseLevel()
if (level === 'loopback') {
  if (process.env['CI']) t.fail(why)
  else t.plan(0, why)
} else {
  t.test('a short report has a figure in every cell', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'userspace-proxy-report-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'tradeoffs.md')
    const { code, stdout, stderr } = await runBinary(t, ['bench', '--quick', '--report', file])
    t.equal(code, 0, stderr)
    t.equal(stdout, '')
    t.match(stderr, /^costs: round 1 of 1$/m)
    const text = readFileSync(file, 'utf8')
    t.match(text, `level ${level}.`)
    const cells = (name: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`| ${name}`))
        ?.split(' | ')
        .slice(1, 6)
    for (const name of ['New connection, p50', 'Open connection', 'Connections/s', 'Bulk']) {
      for (const cell of cells(name) ?? []) t.match(cell, /^[1-9]/, name)
    }
    t.match(cells('One of three pods dead')?.slice(0, 3), ['100 of 300', '0 of 300', '0 of 300'])
    t.same(cells('The pod sees'), ['client', 'node', 'node', 'client', 'client'])
    t.match(cells('100'), ['0 / 0', /^\d{3} \/ 105$/, '1 / 0', '543 / 217', '647 / 14'])
  })

  t.test('Ctrl-C ends it at once', async (t) => {
    const bench = startBinary(t, ['bench'])
    await bench.stderr(/warming up/)
    bench.kill('SIGINT')
    const { code, stdout } = await bench.exited
    t.equal(code, 130)
    t.equal(stdout, '')
  })
}
