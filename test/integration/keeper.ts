import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { Running, StartOptions } from '../fixtures/binary.ts'
import { startBinary } from '../fixtures/binary.ts'
import { shopManifest, startNamed, writeShop } from '../fixtures/shop.ts'
import { received } from '../fixtures/tcp.ts'
import { unusedPorts } from '../fixtures/unused-ports.ts'

interface Kept {
  readonly daemon: Running
  readonly path: string
  readonly port: number
  readonly admin: number
}

function start(t: Test, path: string, admin: number, options?: StartOptions): Running {
  const args = ['--metrics-bind-address', `127.0.0.1:${admin}`, '--healthz-bind-address', '']
  return startBinary(t, ['run', '--keeper', '--manifests', path, ...args], options)
}

async function startKept(t: Test, options?: StartOptions): Promise<Kept> {
  const [admin = 0] = await unusedPorts(1)
  const backend = await startNamed(t, 'pod-1')
  const path = writeShop(t, shopManifest([{ name: 'web', endpoints: [backend] }]))
  const daemon = start(t, path, admin, options)
  const { 1: port } = await daemon.stdout(/^shop\/web .*127\.0\.0\.1:(\d+)/m)
  return { daemon, path, port: Number(port), admin }
}

async function visit(t: Test, port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.once('data', () => socket.end())
  const { bytes, how } = await received(socket)
  return `${bytes.toString().trim()} ${how}`
}

t.test(
  'a daemon that cannot start is not started again, and its exit code is that of the keeper',
  async (t) => {
    const { code, stderr } = await start(t, 'no-such-folder/shop.yaml', 0).exited
    t.equal(code, 2)
    t.match(stderr, /^error: .*no-such-folder\/shop\.yaml.*\n$/)
  },
)

t.test('a new process that cannot serve ends, and the one before goes on', async (t) => {
  const { daemon, path, port } = await startKept(t)
  writeFileSync(path, '{ "kind": "List", "items": [')
  daemon.kill('SIGHUP')
  await daemon.stderr(/"event":"keeper".*the new process ended with code 2; the one before goes on/)
  t.equal(await visit(t, port), 'pod-1 end')
  daemon.kill('SIGTERM')
  const { code, stdout } = await daemon.exited
  t.equal(code, 0)
  t.equal(stdout.match(/^serving /gm)?.length, 1)
})

t.test('a process that crashes is replaced, at the same port', async (t) => {
  const { daemon, port } = await startKept(t)
  const children = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8')
  process.kill(Number(children.trim()), 'SIGKILL')
  await daemon.stderr(/the process ended with code null; another one is started now/)
  for (let i = 0; i < 200 && (await visit(t, port)) !== 'pod-1 end'; i++) await delay(50)
  t.equal(await visit(t, port), 'pod-1 end')
  daemon.kill('SIGINT')
  t.equal((await daemon.exited).code, 0)
})

t.test('what ends the daemon ends its keeper', async (t) => {
  const { daemon } = await startKept(t)
  const children = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8')
  process.kill(Number(children.trim()), 'SIGTERM')
  t.equal((await daemon.exited).code, 0)
})

t.test('two restarts that are asked for at once, and systemd hears of them', async (t) => {
  const folder = mkdtempSync(`${tmpdir()}/keeper-`)
  t.teardown(() => rmSync(folder, { recursive: true }))
  const told = `${folder}/told`
  writeFileSync(`${folder}/systemd-notify`, `#!/bin/sh\necho "$@" >>${told}\n`)
  chmodSync(`${folder}/systemd-notify`, 0o755)
  const PATH = `${folder}:${process.env['PATH'] ?? ''}`
  const { daemon, port } = await startKept(t, { env: { NOTIFY_SOCKET: '/nowhere', PATH } })
  daemon.kill('SIGUSR2')
  daemon.kill('SIGHUP')
  await daemon.stderr(/process \d+ serves; the connections of process \d+ go on there/)
  t.equal(await visit(t, port), 'pod-1 end')
  daemon.kill('SIGTERM')
  t.equal((await daemon.exited).code, 0)
  const words = readFileSync(told, 'utf8').trim().split('\n')
  t.equal(words[0], 'READY=1')
  t.ok(words.includes('RELOADING=1') && words.includes('STOPPING=1'))
})

t.test('where there is no systemd-notify that is said once', async (t) => {
  const { daemon } = await startKept(t, { env: { NOTIFY_SOCKET: '/nowhere', PATH: '/nowhere' } })
  await daemon.stderr(/systemd cannot be told: systemd-notify: ENOENT/)
  daemon.kill('SIGTERM')
  const { stderr } = await daemon.exited
  t.equal(stderr.match(/systemd cannot be told/g)?.length, 1)
})
