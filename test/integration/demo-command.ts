// The built program, on loopback: what it prints is made of records, and the records are what is held to account.
import t from 'tap'
import { columnsOf } from '../../bin/text-columns.ts'
import { runBinary, startBinary } from '../fixtures/binary.ts'
import { readDemo, recordOf } from '../fixtures/demo-output.ts'

const fast = ['demo', '--level', 'loopback', '--fast']

t.test('seven scenes, none failed, and what is a model says so', async (t) => {
  const { code, stdout, stderr } = await runBinary(t, [...fast, '-o', 'json'])
  t.same({ code, stderr }, { code: 0, stderr: '' })
  const { lab, reports, summary } = readDemo(stdout)
  t.match(lab, { level: 'loopback', reason: '' })
  t.match(summary, { scenes: 7, failed: 0 })
  t.same(
    reports.map(({ number }) => number),
    [1, 2, 3, 4, 5, 6, 7],
  )

  t.match(recordOf(reports, 'cluster-ip'), {
    truth: 'SIMULATED',
    after: { outcome: 'ok', wrongPort: 'timeout' },
  })
  t.match(recordOf(reports, 'userspace').answered, { truth: 'REAL', counts: [4, 4, 4] })
  t.match(recordOf(reports, 'iptables'), {
    truth: 'SIMULATED',
    probabilities: ['0.33333333349', '0.50000000000'],
    answered: { truth: 'SIMULATED', whose: 'client' },
  })

  const [iptables, userspace] = recordOf(reports, 'dead-pod').modes
  t.match(iptables, { mode: 'iptables', truth: 'SIMULATED', requests: 300, retried: 0 })
  t.ok(Math.abs((iptables?.refused ?? 0) - 100) <= 40, `${iptables?.refused} of 300`)
  t.match(userspace, { mode: 'userspace', truth: 'REAL', ok: 300, refused: 0, other: 0 })
  t.ok((userspace?.retried ?? 0) > 0)

  for (const mode of recordOf(reports, 'open-connection').modes) {
    t.same(mode.after, mode.before, `${mode.mode}: what is open goes on`)
    t.notOk(mode.others.includes(mode.pod as 'pod-1'))
    t.equal(mode.end, 'closed')
  }
  t.same(
    recordOf(reports, 'cost').modes.map(({ mode }) => mode),
    ['direct', 'userspace', 'anyip'],
    'what is a model has no speed',
  )
})

for (const lang of ['en', 'zh-CN']) {
  t.test(`${lang}: plain text of 80 columns, each group with its truth`, async (t) => {
    // With --step too, for nobody is there to press Enter.
    const { code, stdout } = await runBinary(t, [...fast, '--step', '--lang', lang])
    t.equal(code, 0)
    const lines = stdout.split('\n')
    t.same(
      lines.filter((line) => columnsOf(line) > 80),
      [],
    )
    t.notMatch(stdout, /\p{Cc}(?<!\n)|\{\w+\}|undefined|NaN/u)
    t.equal(lines.filter((line) => /\b(?:REAL|SIMULATED)$/.test(line)).length, 8)
    t.equal(lines.filter((line) => /^\d\/7 /.test(line)).length, 7)
  })
}

t.test('one scene alone; the language is that of the terminal', async (t) => {
  const env = { LANG: 'zh_CN.UTF-8' }
  const { code, stdout } = await runBinary(t, [...fast, '--scene', '4'], { env })
  t.equal(code, 0)
  t.match(stdout, /^4\/7 .*\n/m)
  t.match(stdout, /^1 个场景，0 个失败/m)
})

t.test('Ctrl-C ends it, and leaves nothing', async (t) => {
  const demo = startBinary(t, ['demo', '--level', 'loopback', '--lang', 'en'])
  await demo.stdout(/^1\/7 /m)
  demo.kill('SIGINT')
  const { code, signal, stderr } = await demo.exited
  t.same({ code, signal, stderr }, { code: 130, signal: null, stderr: '' })
})

t.test('nobody reads it any more: it ends', async (t) => {
  const demo = startBinary(t, ['demo', '--level', 'loopback', '--lang', 'en'])
  await demo.stdout(/^1\/7 /m)
  demo.closeStdout()
  t.equal((await demo.exited).code, 0)
})

t.test('what is wrong is named', async (t) => {
  for (const [args, message] of [
    [['--scene', '8'], '--scene is "8"; a number from 1 to 7 would be right'],
    [['--level', 'vm'], '--level is "vm"; auto, loopback, rootless or root would be right'],
    [['--lang', 'de'], '--lang is "de"; en or zh-CN would be right'],
  ] as const) {
    const { code, stderr } = await runBinary(t, ['demo', ...args])
    t.equal(code, 2)
    t.match(stderr, message)
  }
})
