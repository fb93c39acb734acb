import t from 'tap'
import { startCommandLines } from '../fixtures/command-lines.ts'

const run = startCommandLines(t)

t.test('doctor says what it found, in lines that fit', async (t) => {
  const { code, stdout, stderr } = await run(['doctor'])
  t.equal(stderr, '')
  t.equal(code, 0)
  t.match(stdout, /^ok {7}node +\d+\.\d+\.\d+$/m)
  t.match(stdout, /^--portals none {6}can work$/m)
})

t.test('doctor -o json says the same to programs, and its exit code tells of a mode', async (t) => {
  for (const mode of ['none', 'iptables', 'anyip']) {
    const { code, stdout } = await run(['doctor', '-o', 'json', '--portals', mode])
    const { findings, portals } = JSON.parse(stdout) as {
      findings: { name: string; mark: string }[]
      portals: Record<string, { canWork: boolean }>
    }
    t.ok(findings.every(({ mark }) => ['ok', 'warn', 'missing'].includes(mark)))
    t.equal(code, portals[mode]?.canWork === true ? 0 : 1)
  }
})

t.test('doctor with a mode that there is not is wrong use', async (t) => {
  const { code, stderr } = await run(['doctor', '--portals', 'ipvs'])
  t.equal(code, 2)
  t.match(stderr, 'none, iptables or anyip would be right')
})
