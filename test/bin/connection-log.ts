import { once } from 'node:events'
import { readFileSync, renameSync } from 'node:fs'
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import type { Running } from '../fixtures/binary.ts'
import { runBinary, startBinary } from '../fixtures/binary.ts'
import { eventually } from '../fixtures/eventually.ts'
import { shopManifest, startNamed, writeShop } from '../fixtures/shop.ts'

interface Daemon extends Running {
  readonly port: number
}

/** @param table where the table of the start is printed */
async function startDaemon(
  t: Test,
  args: readonly string[],
  table: 'stdout' | 'stderr',
): Promise<Daemon> {
  const backend = await startNamed(t, 'pod-1')
  const services = [{ name: 'web', portName: 'http', endpoints: [backend] }]
  const running = startBinary(t, [
    'run',
    '--manifests',
    writeShop(t, shopManifest(services)),
    '--metrics-bind-address=127.0.0.1:0',
    '--healthz-bind-address=',
    '--grace=0s',
    ...args,
  ])
  const { 1: port } = await running[table](/^shop\/web:http .*127\.0\.0\.1:(\d+)/m)
  return { ...running, port: Number(port) }
}

/** Connects, and waits for the backend. */
async function dial(t: Test, port: number) {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'data')
  socket.on('error', () => {}) // the daemon's end resets it
  return socket
}

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

t.test('a file gets a line for each connection, and the log none', async (t) => {
  const path = `${t.testdir({})}/connections.log`
  const daemon = await startDaemon(t, ['--connection-log', path], 'stdout')
  const read = (): string => readFileSync(path, 'utf8')
  for (let i = 0; i < 20; i++) (await dial(t, daemon.port)).resetAndDestroy()
  await eventually(() => linesOf(read()).length === 20)
  t.match(linesOf(read())[19], {
    namespace: 'shop',
    service: 'web',
    port: 'http',
    entry: `127.0.0.1:${daemon.port}`,
    bytesFromEndpoint: 6,
    reason: 'client-reset',
    closedBy: 'client',
  })

  renameSync(path, `${path}.1`)
  daemon.kill('SIGHUP')
  await daemon.stderr(/connection log \S+ was opened anew/)
  await dial(t, daemon.port)
  daemon.kill('SIGTERM')
  const { code, stderr } = await daemon.exited
  t.equal(code, 0)
  t.match(linesOf(read()), [{ reason: 'grace-over', closedBy: 'proxy' }])
  t.equal(linesOf(readFileSync(`${path}.1`, 'utf8')).length, 20)
  const events = linesOf(stderr).map(({ event }) => event)
  t.ok(events.length < 15, events.join(' '))
  t.ok(events.every((event) => typeof event === 'string'))
})

t.test('on standard output there is nothing else', async (t) => {
  const daemon = await startDaemon(t, ['--connection-log', '-'], 'stderr')
  ;(await dial(t, daemon.port)).resetAndDestroy()
  await daemon.stdout(/client-reset.*\n/)
  daemon.kill('SIGTERM')
  const { code, stdout } = await daemon.exited
  t.equal(code, 0)
  t.match(linesOf(stdout), [{ id: 1, reason: 'client-reset' }])
})

t.test('who reads no more costs lines and nothing else', async (t) => {
  const daemon = await startDaemon(t, ['--connection-log', '-'], 'stderr')
  daemon.closeStdout()
  ;(await dial(t, daemon.port)).resetAndDestroy()
  await daemon.stderr(/"lost":1,.*1 line was lost: EPIPE/)
  await dial(t, daemon.port)
  daemon.kill('SIGTERM')
  t.equal((await daemon.exited).code, 0)
})

const wrong: readonly (readonly [string, RegExp])[] = [
  [
    '',
    /^error: --connection-log is ""; the path of a file, or - for standard output, would be right/,
  ],
  ['/nowhere/connections.log', /^error: connection log \/nowhere\/connections\.log: ENOENT\n$/m],
]

for (const [path, message] of wrong) {
  t.test(`--connection-log ${JSON.stringify(path)} is the end`, async (t) => {
    const manifest = writeShop(t, shopManifest([]))
    const flags = ['--manifests', manifest, '--metrics-bind-address=127.0.0.1:0']
    const given = ['--healthz-bind-address=', `--connection-log=${path}`]
    const { code, stderr } = await runBinary(t, ['run', ...flags, ...given])
    t.equal(code, 2)
    t.match(stderr, message)
  })
}
