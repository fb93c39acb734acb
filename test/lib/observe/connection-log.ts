import { EventEmitter, once } from 'node:events'
import { readFileSync, renameSync } from 'node:fs'
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { ConnectionLog } from '../../../lib/observe/connection-log.ts'
import { Proxier } from '../../../lib/proxier.ts'
import type { ProxierEvents } from '../../../lib/proxier-options.ts'
import type { ClosedConnectionInfo } from '../../../lib/relay/data-plane.ts'
import { MemorySource } from '../../../lib/source/memory-source.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { listeningLogger } from '../../fixtures/listening-logger.ts'
import { startNamed } from '../../fixtures/shop.ts'

const info: ClosedConnectionInfo = {
  id: 1,
  servicePort: 'shop/web:http',
  protocol: 'TCP',
  family: 'IPv4',
  client: '10.244.3.4:41234',
  entry: '10.96.0.10:80',
  entryName: 'internal',
  endpoint: '10.244.1.7:8080',
  state: 'closed',
  attempts: 1,
  ageMs: 1500,
  bytesFromClient: 78,
  bytesFromEndpoint: 1024,
  reason: 'client-reset',
  endedMs: 1_700_000_000_000,
}

interface Line {
  readonly id: number
  readonly [field: string]: unknown
}

function linesOf(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}

t.test('a connection of a Proxier is a line once it is over', async (t) => {
  const backend = await startNamed(t, 'pod-1')
  const path = `${t.testdir()}/log`
  const metadata = { namespace: 'shop', name: 'web' }
  const proxier = new Proxier({
    source: new MemorySource([
      { kind: 'Service', apiVersion: 'v1', metadata, spec: { ports: [{ port: 9080 }] } },
      {
        kind: 'EndpointSlice',
        apiVersion: 'discovery.k8s.io/v1',
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        ports: [{ port: backend }],
        endpoints: [{ addresses: ['127.0.0.1'] }],
      },
    ]),
    bindAddress: '127.0.0.5',
  })
  t.teardown(() => proxier.close())
  const log = new ConnectionLog({ proxier, path })
  t.teardown(() => log.close())
  await log.start()
  await proxier.start()
  const [service] = await proxier.services()
  const port = service !== undefined && 'listeners' in service ? service.listeners[0]?.port : 0
  const socket = connect(port ?? 0, '127.0.0.5')
  await once(socket, 'data')
  const client = `${socket.localAddress}:${socket.localPort}`
  socket.resetAndDestroy()
  await eventually(() => log.written === 1)
  t.match(linesOf(path), [
    {
      id: 1,
      namespace: 'shop',
      service: 'web',
      port: '',
      client,
      entry: `127.0.0.5:${port}`,
      entryName: 'internal',
      endpoint: `127.0.0.1:${backend}`,
      attempts: 1,
      bytesFromClient: 0,
      bytesFromEndpoint: 6,
      reason: 'client-reset',
      closedBy: 'client',
    },
  ])
})

interface Fake {
  readonly proxier: EventEmitter<ProxierEvents> & Pick<Proxier, 'on' | 'off'>
  readonly emit: (id: number) => void
}

function fakeProxier(): Fake {
  const proxier = new EventEmitter<ProxierEvents>()
  return {
    proxier: proxier as Fake['proxier'],
    emit: (id) => proxier.emit('close', { ...info, id }),
  }
}

function logOf(t: Test, path: string, more: { mostQueued?: number; tellPeriodMs?: number } = {}) {
  const fake = fakeProxier()
  const { logger, lines, until, messages } = listeningLogger()
  const log = new ConnectionLog({ ...fake, path, logger, ...more })
  t.teardown(() => log.close())
  return { ...fake, log, lines, until, messages }
}

t.test('nobody listens before it is started, nor after it is closed', async (t) => {
  const { proxier, log } = logOf(t, `${t.testdir()}/log`)
  t.equal(proxier.listenerCount('close'), 0)
  await log.start()
  t.equal(proxier.listenerCount('close'), 1)
  await log.close()
  t.equal(proxier.listenerCount('close'), 0)
})

t.test('a file that cannot be opened is an error with its name', async (t) => {
  const path = `${t.testdir()}/nowhere/log`
  await t.rejects(logOf(t, path).log.start(), {
    code: 'ERR_CONNECTION_LOG',
    message: `connection log ${path}: ENOENT`,
  })
})

t.test('after logrotate it is opened anew, and the log says so', async (t) => {
  const path = `${t.testdir()}/log`
  const { log, emit, lines } = logOf(t, path)
  await log.start()
  emit(1)
  await eventually(() => log.written === 1)
  renameSync(path, `${path}.1`)
  await log.reopen()
  emit(2)
  await log.close()
  t.match([linesOf(`${path}.1`), linesOf(path)], [[{ id: 1 }], [{ id: 2 }]])
  t.same(linesOf(path)[0]?.['ended'], '2023-11-14T22:13:20.000Z')
  t.match(lines, [
    {
      level: 'info',
      fields: { event: 'connection-log' },
      message: `connection log ${path} was opened anew`,
    },
  ])
})

t.test('where that fails, the old file is written on', async (t) => {
  const folder = `${t.testdir({ logs: {} })}/logs`
  const { log, emit, messages } = logOf(t, `${folder}/log`)
  await log.start()
  renameSync(folder, `${folder}.old`)
  await log.reopen()
  emit(1)
  await log.close()
  t.match(linesOf(`${folder}.old/log`), [{ id: 1 }])
  t.same(messages('warn'), [`connection log ${folder}/log: ENOENT; the old file is written on`])
})

t.test('lines that come too fast are lost, counted, and told of once a period', async (t) => {
  const { log, emit, lines, until } = logOf(t, `${t.testdir()}/log`, {
    mostQueued: 2000,
    tellPeriodMs: 60_000,
  })
  await log.start()
  for (let id = 0; id < 100; id++) emit(id)
  t.ok(log.lost > 90)
  await until(/lines were lost/)
  const first = log.lost
  t.match(lines, [
    {
      level: 'warn',
      fields: { event: 'connection-log', lost: first, total: first },
      message: new RegExp(
        `: ${first} lines were lost: they came faster than they could be written$`,
      ),
    },
  ])
  await eventually(() => log.written + log.lost === 100)
  // The one that is too much is told of with what comes in the same minute: at the end, here.
  emit(101)
  for (let id = 0; id < 100; id++) emit(id)
  t.equal(lines.length, 1)
  await log.close()
  t.equal(lines.length, 2)
  t.match(lines[1]?.fields, { lost: log.lost - first, total: log.lost })
})

const full = process.platform === 'linux' ? false : 'no /dev/full'

t.test('a full disk is named', { skip: full }, async (t) => {
  const { log, emit, until } = logOf(t, '/dev/full')
  await log.start()
  emit(1)
  await until(/^connection log \/dev\/full: 1 line was lost: ENOSPC$/)
  t.equal(log.lost, 1)
})

const noPipes = process.platform === 'win32' ? 'no mkfifo(1)' : false

t.test('of a pipe that nobody reads that is said', { skip: noPipes }, async (t) => {
  const { execFileSync } = await import('node:child_process')
  const path = `${t.testdir()}/pipe`
  execFileSync('mkfifo', [path])
  await t.rejects(logOf(t, path).log.start(), {
    message: `connection log ${path}: ENXIO, nobody reads that pipe`,
  })
})

t.test('standard output has no name to be opened anew', async (t) => {
  const { log, messages } = logOf(t, '-')
  await log.start()
  await log.reopen()
  t.same(messages('info'), ['connection log on standard output was opened anew'])
})
