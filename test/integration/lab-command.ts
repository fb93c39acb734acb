// The built program on loopback: the page it serves is held to account in test/integration/lab-page.ts.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { columnsOf } from '../../bin/text-columns.ts'
import { assertBuilt, root, runBinary, script, startBinary } from '../fixtures/binary.ts'
import { startCommandLines } from '../fixtures/command-lines.ts'
import { eventually } from '../fixtures/eventually.ts'
import { holdPort } from '../fixtures/held-port.ts'

const loopback = ['lab', '--level', 'loopback', '--port', '0']

for (const [env, words] of [
  [{ LANG: 'C' }, ['lab ready in', 'Closed: nothing of it is left.']],
  [{ LANG: 'zh_CN.UTF-8' }, ['实验室已就绪', '已关闭，没有留下任何东西。']],
] as const) {
  t.test(`${env.LANG}: it says where its page is, serves it, and ends with Ctrl-C`, async (t) => {
    const lab = startBinary(t, loopback, { env })
    const [, url = ''] = await lab.stdout(/(http:\/\/127\.0\.0\.1:\d+\/)/)
    t.match(await (await fetch(url)).text(), '<title>userspace-proxy lab</title>')
    t.match(await (await fetch(`${url}api/v1/state`)).json(), {
      description: { level: 'loopback' },
      sides: [{ carriage: { mode: 'userspace', truth: 'REAL' } }],
    })
    lab.kill('SIGINT')
    const { code, stdout, stderr } = await lab.exited
    t.same({ code, stderr }, { code: 0, stderr: '' })
    for (const word of words) t.match(stdout, word)
    t.match(stdout, /default\/web {2}127\.\S+:\d+ .*userspace {2}REAL$/m)
    t.same(
      stdout.split('\n').filter((line) => columnsOf(line) > 80),
      [],
    )
    t.notMatch(stdout, /\{\w+\}|undefined/)
    await t.rejects(fetch(url))
  })
}

t.test('a page that is open does not keep it', async (t) => {
  const lab = startBinary(t, loopback)
  const [, url = ''] = await lab.stdout(/(http:\/\/127\.0\.0\.1:\d+\/)/)
  const events = await fetch(`${url}api/v1/events`)
  lab.kill('SIGTERM')
  t.match(await lab.exited, { code: 0, stderr: '' })
  await events.text().catch(() => {})
})

t.test('where the usual port is taken it has another one', async (t) => {
  // Somebody else may have it: then it is taken too.
  const holder = createServer().listen(10_270, '127.0.0.1')
  holder.on('error', () => {})
  t.teardown(() => holder.close())
  const lab = startBinary(t, ['lab', '--level', 'loopback'])
  const [, url = ''] = await lab.stdout(/(http:\/\/127\.0\.0\.1:\d+\/)/)
  t.notMatch(url, ':10270/')
  t.equal((await fetch(url)).status, 200)
})

t.test('a port that was asked for and is taken ends it', async (t) => {
  const { port } = await holdPort(t, '127.0.0.1')
  const taken = await runBinary(t, ['lab', '--level', 'loopback', '--port', String(port)])
  t.match(taken, { code: 1, stderr: `error: page of the lab: EADDRINUSE on 127.0.0.1:${port}\n` })
})

t.test('what is no port, level or language is wrong use', async (t) => {
  const run = startCommandLines(t)
  for (const [flag, right] of [
    ['--port=65536', 'a port such as 10270, or 0 for any'],
    ['--port=-1', 'a port such as 10270, or 0 for any'],
    ['--port=http', 'a port such as 10270, or 0 for any'],
    ['--level=cloud', 'auto, loopback, rootless or root'],
    ['--lang=fr', 'en or zh-CN'],
  ] as const) {
    const { code, stderr } = await run(['lab', flag])
    t.equal(code, 2, flag)
    t.match(stderr, `; ${right} would be right`)
  }
})

t.test(
  'a browser is opened where there is one',
  { skip: process.platform === 'linux' ? false : 'xdg-open is of Linux' },
  async (t) => {
    const folder = t.testdir()
    const path = `${folder}/xdg-open`
    writeFileSync(path, `#!/bin/sh\necho "$1" >${folder}/opened\n`)
    chmodSync(path, 0o755)
    const lab = startBinary(t, [...loopback, '--open'], {
      env: { PATH: `${folder}:/bin:/usr/bin` },
    })
    const [, url = ''] = await lab.stdout(/(http:\/\/127\.0\.0\.1:\d+\/)/)
    const opened = () => readFileSync(`${folder}/opened`, { encoding: 'utf8', flag: 'a+' })
    await eventually(() => opened() === `${url}\n`)
    const none = startBinary(t, [...loopback, '--open'], { env: { PATH: '/nowhere' } })
    await none.stdout(/There is no program here that opens a browser: open the address above\.\n/)
  },
)

// util-linux's script(1) gives a program a terminal; the one of other systems has other flags.
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes(
  'util-linux',
)

t.test(
  'at a terminal keys do what the page does',
  { skip: hasScript ? false : 'no script(1) of util-linux' },
  async (t) => {
    const output = await press(t, [
      [/q\) quit/, 'k'],
      [/userspace {2}REAL {2}12 requests: .*retried at another pod: \d/, 'm'],
      [/anyip {2}REAL {2}12 requests/, 'm'],
      [/iptables {2}SIMULATED {2}12 requests/, 'r'],
      [/iptables {2}SIMULATED {2}12 requests: pod-1 \d+, pod-2 \d+, pod-3 \d+\r\n/, 'q'],
    ])
    t.match(output, 'Closed: nothing of it is left.')
  },
)

/** Types each key when what stands before it has been printed. Resolves with all that was printed. */
async function press(t: Test, keys: readonly (readonly [RegExp, string])[]) {
  assertBuilt()
  // The runner adds its loader and its coverage to every child.
  const command = `unset NODE_OPTIONS; exec ${process.execPath} ${script} ${loopback.join(' ')}`
  const { PATH = '' } = process.env
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: root,
    env: { PATH, TERM: 'xterm', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let [output, read] = ['', 0]
  const left = [...keys]
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += String(chunk)
    const [next] = left
    const at = next === undefined ? -1 : output.slice(read).search(next[0])
    if (next === undefined || at === -1) continue
    read = output.length
    left.shift()
    child.stdin.write(next[1])
  }
  return output
}
