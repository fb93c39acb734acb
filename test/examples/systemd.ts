import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseDuration } from '../../bin/duration.ts'
import { root, runBinary } from '../fixtures/binary.ts'

/** Values by key; of keys that come again the last. */
const settings = new Map(
  readFileSync(`${root}examples/systemd/userspace-proxy.service`, 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z]\w+=/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
)
const command = settings.get('ExecStart') ?? ''

t.test('every flag is one of run, and there is a keeper to reload', async (t) => {
  const { stdout } = await runBinary(t, ['run', '--help'])
  const flags = [...command.matchAll(/ --([a-z-]+)/g)].map(([, name]) => name)
  t.ok(flags.includes('keeper'))
  t.same(
    flags.filter((name) => !stdout.includes(` --${name} `)),
    [],
  )
  t.equal(settings.get('ExecReload'), '/bin/kill -HUP $MAINPID')
})

t.test('systemd hears when it serves, and gives connections the time of --grace', async (t) => {
  t.equal(settings.get('Type'), 'notify')
  t.equal(settings.get('NotifyAccess'), 'all', 'systemd-notify is another process')
  const graceMs = parseDuration(/--grace (\S+)/.exec(command)?.[1] ?? '') ?? NaN
  t.ok(Number(settings.get('TimeoutStopSec')) * 1000 >= graceMs + 10_000)
})
