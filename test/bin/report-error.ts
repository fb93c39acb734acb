import t from 'tap'
import { CommandError } from '../../bin/command-error.ts'
import { reportError } from '../../bin/report-error.ts'
import { ProxyError } from '../../lib/index.ts'

const options = { command: 'userspace-proxy run', isDebug: false }

t.test('a command that ends says what to try', async (t) => {
  t.same(reportError(new CommandError('--grace is ""', { exitCode: 2 }), options), {
    lines: ['error: --grace is "". try: userspace-proxy run --help'],
    exitCode: 2,
  })
  t.same(
    reportError(
      new CommandError('no daemon', { exitCode: 1, hint: 'userspace-proxy run' }),
      options,
    ),
    {
      lines: ['error: no daemon. try: userspace-proxy run'],
      exitCode: 1,
    },
  )
})

t.test('a question needs no full stop', async (t) => {
  const { lines } = reportError(new CommandError('did you mean run?', { exitCode: 2 }), options)
  t.same(lines, ['error: did you mean run? try: userspace-proxy run --help'])
})

t.test('what the user gave is wrong use, and each problem has its line', async (t) => {
  const error = new ProxyError('ERR_INVALID_MANIFEST', 'a.yaml:1:1: x is 1\na.yaml:2:1: y is 2')
  t.same(reportError(error, options), {
    lines: ['error: a.yaml:1:1: x is 1', 'error: a.yaml:2:1: y is 2'],
    exitCode: 2,
  })
})

t.test('what the machine does not give is a failure', async (t) => {
  t.match(reportError(new ProxyError('ERR_PORTAL', 'no iptables'), options), { exitCode: 1 })
})

t.test('a fault of the program itself asks for --debug', async (t) => {
  const unexpected = { lines: ['error: unexpected: oh. try: the same with --debug'], exitCode: 1 }
  t.same(reportError(new TypeError('oh'), options), unexpected)
  t.same(reportError('oh', options), unexpected)
})

t.test('--debug shows the stack and all causes', async (t) => {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const error = new CommandError('no daemon', { exitCode: 1, cause })
  const { lines } = reportError(error, { ...options, isDebug: true })
  t.match(lines[0], 'error: no daemon')
  t.match(lines[1], 'CommandError: no daemon')
  t.ok(lines.includes('caused by:'))
  t.ok(lines.includes('Error: connect ECONNREFUSED'))
  t.same(reportError('oh', { ...options, isDebug: true }).lines.length, 1)
})
