import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import t from 'tap'
import { AdminSurface } from '../../../bin/run/admin-surface.ts'
import { AdminServer, MemorySource, Proxier } from '../../../lib/index.ts'

/** A logger whose lines can be awaited. */
function listeningLogger() {
  const lines: string[] = []
  let wake = (): void => {}
  const hear = (_fields: object, message: string): void => {
    lines.push(message)
    wake()
  }
  const logger = { debug: hear, info: hear, warn: hear, error: hear }
  const until = async (pattern: RegExp): Promise<void> => {
    while (!lines.some((line) => pattern.test(line))) {
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return { lines, logger, until }
}

t.test('a port that is taken is tried again until it is free', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const proxier = new Proxier({ source: new MemorySource() })
  const { lines, logger, until } = listeningLogger()
  const server = new AdminServer({ proxier, port })
  const surface = new AdminSurface({ server, address: '127.0.0.1', logger, retryMs: 5 })
  t.teardown(() => surface.close())

  // The timer of the surface keeps no process alive, and nothing else is open here.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))

  await surface.start()
  t.equal(surface.place, undefined)
  t.equal(lines[0], `admin surface: EADDRINUSE on 127.0.0.1:${port}; tried again every 0.005 s`)
  other.close()
  await until(/^admin surface on /)
  t.equal(surface.place, `127.0.0.1:${port}`)
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
  const surface = new AdminSurface({ server, address: '127.0.0.1', logger })
  const started = surface.start()
  await surface.close()
  bind()
  await started
  t.same(calls, ['start', 'close', 'close'], 'what was bound meanwhile is closed again')
  t.same(lines, [])
})
