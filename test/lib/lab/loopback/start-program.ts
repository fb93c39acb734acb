import { once } from 'node:events'
import t from 'tap'
import { killProgram, startProgram } from '../../../../lib/lab/loopback/start-program.ts'

t.test('a program is killed once, and one that has ended by itself not at all', async (t) => {
  const killed = await startProgram('client-program')
  await killProgram(killed)
  t.equal(killed.signalCode, 'SIGKILL')
  await killProgram(killed)

  const ended = await startProgram('client-program')
  const exit = once(ended, 'exit')
  ended.disconnect()
  await exit
  await killProgram(ended)
  t.equal(ended.exitCode, 0)
})

t.test('one that cannot begin says why', async (t) => {
  const started = startProgram('pod-program', ['pod-1', '192.0.2.1', '8080'])
  const message = /^pod-program pod-1 192\.0\.2\.1 8080: listen EADDRNOTAVAIL[^\n]*$/
  await t.rejects(started, { code: 'ERR_LAB', message })
})
