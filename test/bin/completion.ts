import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { root } from '../fixtures/binary.ts'
import { startCommandLines } from '../fixtures/command-lines.ts'

const run = startCommandLines(t)

for (const shell of ['bash', 'zsh']) {
  const isThere = spawnSync(shell, ['-c', 'exit 0']).status === 0
  t.test(`completion ${shell} prints a script`, async (t) => {
    const { code, stdout } = await run(['completion', shell])
    t.equal(code, 0)
    t.match(stdout, 'validate')
    if (!isThere) return
    const { status, stderr } = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' })
    t.same([status, stderr], [0, ''])
  })
}

t.test('completion for no shell, or another, is wrong use', async (t) => {
  for (const args of [[], ['fish']]) {
    const { code, stderr } = await run(['completion', ...args])
    t.equal(code, 2)
    t.match(stderr, /bash or zsh would be right\. try: userspace-proxy completion bash\n$/)
  }
})

t.test('the man page that was built is the one that man prints', async (t) => {
  const { code, stdout } = await run(['man'])
  t.equal(code, 0)
  const { man } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { man: string }
  t.equal(stdout, readFileSync(`${root}${man}`, 'utf8'))
})
