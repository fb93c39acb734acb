import { readFileSync } from 'node:fs'
import t from 'tap'
import { nodeProblem } from '../../bin/supported-node.ts'
import { assertBuilt, script, startNode } from '../fixtures/binary.ts'

const versions: readonly (readonly [string, boolean])[] = [
  ['18.20.8', false],
  ['20.20.2', false],
  ['22.18.0', false],
  ['22.19.0', true],
  ['22.22.1', true],
  ['23.11.0', false],
  ['24.0.0', true],
  ['25.9.0', false],
  ['26.0.0', true],
  ['26.10.0', true],
  ['27.0.0-nightly', true],
]

for (const [version, isRight] of versions) {
  t.test(`Node ${version} is ${isRight ? 'right' : 'refused'}`, async (t) => {
    t.equal(nodeProblem(version) === undefined, isRight)
  })
}

t.test('the sentence names what package.json demands', async (t) => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    engines: { node: string }
  }
  t.equal(
    nodeProblem('20.20.2'),
    `userspace-proxy needs Node ${engines.node}; this is Node 20.20.2`,
  )
})

t.test('on an older Node the program says so in one line, whatever it was asked for', async (t) => {
  assertBuilt()
  // Only what Node says of itself is older here.
  const older =
    'data:text/javascript,' +
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })'
  const { exited } = startNode(t, ['--import', older, script, 'hello'], {})
  t.match(await exited, {
    code: 2,
    stdout: '',
    stderr: `error: ${nodeProblem('20.20.2')}\n`,
  })
})
