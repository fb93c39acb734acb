import { once } from 'node:events'
import t from 'tap'
import { RetriedServer } from '../../../bin/run/retried-server.ts'
import { AdminServer, MemorySource, Proxier } from '../../../lib/index.ts'
import { holdPort } from '../../fixtures/held-port.ts'
import { listeningLogger } from '../../fixtures/listening-logger.ts'

const names = { name: 'admin surface', event: 'admin', address: '127.0.0.1' }

t.test('a port that is taken is told once, and tried again until it is free', async (t) => {
  const { port, server: other } = await holdPort(t, '127.0.0.1')
  const proxier = new Proxier({ source: new MemorySource() })
  t.teardown(() => proxier.close())
  const admin = new AdminServer({ proxier, port })
  let tries = 0
  const server = {
    get port() {
      return admin.port
    },
    start: async () => {
      if (++tries === 3) {
        other.close()
        await once(other, 'close')
      }
      await admin.start()
    },
    close: () => admin.close(),
  }
  const { lines, logger, until } = listeningLogger()
  const retried = new RetriedServer({ ...names, server, logger, level: 'debug', retryMs: 5 })
  t.teardown(() => retried.close())
  await retried.start()
  t.equal(retried.place, undefined)
  await until(/^admin surface on /)
  t.equal(tries, 3)
  t.equal(retried.place, `127.0.0.1:${port}`)
  const taken = `admin surface: EADDRINUSE on 127.0.0.1:${port}; tried again every 0.005 s`
  t.same(lines, [
    { level: 'warn', fields: { event: 'admin', code: 'ERR_LISTEN' }, message: taken },
    { level: 'info', fields: { event: 'admin' }, message: `admin surface on 127.0.0.1:${port}` },
  ])
})

t.test('how it is told that all is well can be said', async (t) => {
  for (const level of ['debug', undefined] as const) {
    const { lines, logger } = listeningLogger()
    const server = { port: 1, start: async () => {}, close: async () => {} }
    const retried = new RetriedServer({ ...names, server, logger, ...(level && { level }) })
    t.teardown(() => retried.close())
    await retried.start()
    t.match(lines, [{ level: level ?? 'info', message: 'admin surface on 127.0.0.1:1' }])
  }
})

t.test('nothing is tried any more after close', async (t) => {
  let bind = (): void => {}
  const bound = new Promise<void>((resolve) => (bind = resolve))
  const calls: string[] = []
  const server = {
    port: 0,
    start: async () => {
      calls.push('start')
      await bound
    },
    close: async () => void calls.push('close'),
  }
  const { lines, logger } = listeningLogger()
  const retried = new RetriedServer({ ...names, server, logger })
  const started = retried.start()
  await retried.close()
  bind()
  await started
  t.same(calls, ['start', 'close', 'close'], 'what was bound meanwhile is closed again')
  t.same(lines, [])
})

t.test('an error of another kind is a mistake of this program', async (t) => {
  const server = {
    port: 0,
    start: () => Promise.reject(new TypeError('mistake')),
    close: async () => {},
  }
  const { logger } = listeningLogger()
  await t.rejects(new RetriedServer({ ...names, server, logger }).start(), { message: 'mistake' })
})
