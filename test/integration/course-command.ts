import t from 'tap'
import { columnsOf } from '../../bin/text-columns.ts'
import { runBinary } from '../fixtures/binary.ts'

t.test('alone it lists ten experiments, in both languages', async (t) => {
  for (const [lang, line] of [
    ['en', '   5  Who retries?'],
    ['zh-CN', '   5  谁会重试？'],
  ] as const) {
    const { code, stdout } = await runBinary(t, ['course', '--lang', lang])
    t.equal(code, 0)
    t.ok(stdout.split('\n').includes(line), lang)
    t.equal(stdout.match(/^ +\d+ {2}\S/gm)?.length, 10)
  }
})

t.test('one of them asks, shows and explains, in 80 columns', async (t) => {
  for (const lang of ['en', 'zh-CN']) {
    const args = ['course', '2', '--level', 'loopback', '--lang', lang]
    const { code, stdout, stderr } = await runBinary(t, args)
    t.same({ code, stderr }, { code: 0, stderr: '' })
    t.match(stdout, /^2\/10 /)
    t.match(stdout, / REAL$/m)
    t.match(stdout, '1 2 3 1 2 3 1 2 3 1 2 3')
    t.notMatch(stdout, /\{\w+\}|undefined|NaN/)
    t.same(
      stdout.split('\n').filter((line) => columnsOf(line) > 80),
      [],
    )
  }
})

t.test('as JSON it is the record', async (t) => {
  const { code, stdout } = await runBinary(t, ['course', '3', '--level', 'loopback', '-o', 'json'])
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { number: 3, name: 'reading-iptables-save', groups: [{}] })
})

t.test('there is no eleventh', async (t) => {
  const { code, stderr } = await runBinary(t, ['course', '11'])
  t.equal(code, 2)
  t.match(stderr, 'there is no experiment 11; 1 to 10 would be right')
})
