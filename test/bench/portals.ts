// What portals cost: time from start to all rules, one Service more, an endpoint change, and the first packet of a
// connection to the last Service of the chain. Run by `npm run bench:portals`; prints a table, asserts no time.
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { script } from '../fixtures/binary.ts'
import type { Network } from '../fixtures/network.ts'
import { openNetwork } from '../fixtures/network.ts'
import { startServer } from '../fixtures/probe.ts'

const counts = [1, 100, 1000, 5000]
const modes = {
  iptables: ['--portals', 'iptables'],
  anyip: ['--portals', 'anyip', '--service-cidr', '10.96.0.0/16'],
}
type Mode = keyof typeof modes

function clusterIP(index: number): string {
  return `10.96.${index >> 8}.${index & 255}`
}

/** `count` Services with a cluster IP and one port; the endpoint of each is the same pod. */
function manifest(count: number, endpoint: string): string {
  const items = Array.from({ length: count }, (_, index) => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `s${index}` },
      spec: { clusterIP: clusterIP(index + 1), ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `s${index}-1`, labels: { 'kubernetes.io/service-name': `s${index}` } },
      addressType: 'IPv4',
      ports: [{ port: 8080 }],
      endpoints: [{ addresses: [endpoint] }],
    },
  ])
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: items.flat() })
}

/** Connects one after the other, and prints the times in µs, sorted. */
const connector = `
  const [host, times] = process.argv.slice(1)
  const all = []
  const next = () => {
    if (all.length === Number(times)) return console.log(JSON.stringify(all.sort((a, b) => a - b)))
    const began = process.hrtime.bigint()
    const socket = require('net').connect({ host, port: 80 })
    socket.on('error', (error) => { console.error(error.message); process.exit(1) })
    socket.on('connect', () => {
      all.push(Number(process.hrtime.bigint() - began) / 1000)
      socket.resume().end()
    })
    socket.on('close', next)
  }
  next()`

async function firstPacket(
  { client }: Network,
  address: string,
): Promise<{ p50: number; p99: number }> {
  const { stdout, stderr } = await client.run(process.execPath, ['-e', connector, address, '500'])
  if (stderr !== '') throw new Error(stderr)
  const times = JSON.parse(stdout) as number[]
  return { p50: times[250] ?? 0, p99: times[495] ?? 0 }
}

interface Row {
  readonly mode: Mode
  readonly count: number
  readonly startMs: number
  readonly addMs: number
  readonly endpointMs: number
  readonly p50: number
  readonly p99: number
}

async function measure(
  t: Test,
  network: Network,
  { mode, count }: { mode: Mode; count: number },
): Promise<Row> {
  const { node, pods } = network
  const path = join(t.testdir(), 'services.json')
  const write = (text: string): void => {
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
  }
  write(manifest(count, pods[0].ipv4))
  const began = performance.now()
  const args = [
    script,
    'run',
    '--manifests',
    path,
    '--grace',
    '0s',
    '--log-level',
    'debug',
    ...modes[mode],
  ]
  const child = node.spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('no pipes')
  let log = ''
  stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  /** How long the next one takes, as the daemon's own log tells: a sync that sets something, or one of the portals. */
  const durationMs = async (event: RegExp): Promise<number> => {
    const from = log.length
    for (;;) {
      const line = event.exec(log.slice(from))
      if (line) return Number(line[1])
      await once(stderr, 'data')
    }
  }
  const sync = /"event":"sync","set":[1-9]\d*,"removed":\d+,"durationMs":(\d+)/
  const portals = /"event":"portals","durationMs":(\d+)/
  await Promise.race([
    once(stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(log))),
  ])
  const startMs = performance.now() - began
  const times = await firstPacket(network, clusterIP(count))
  const added = durationMs(portals)
  write(manifest(count + 1, pods[0].ipv4))
  const addMs = await added
  const changed = durationMs(sync)
  write(manifest(count + 1, pods[0].ipv4).replace(pods[0].ipv4, pods[1].ipv4))
  const endpointMs = await changed
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
  return { mode, count, startMs, addMs, endpointMs, ...times }
}

const network = await openNetwork(t)
if (network) {
  for (const pod of network.pods.slice(0, 2)) await startServer(pod, pod.ipv4, 8080)
  const rows: Row[] = []
  for (const count of counts) {
    for (const mode of Object.keys(modes) as Mode[]) {
      await t.test(`${mode}, ${count} Services`, async (t) => {
        const row = await measure(t, network, { mode, count })
        rows.push(row)
        t.ok(row.p50 > 0)
      })
    }
  }
  const cells = (row: Row): string[] => [
    row.mode,
    String(row.count),
    row.startMs.toFixed(0),
    row.addMs.toFixed(0),
    row.endpointMs.toFixed(0),
    row.p50.toFixed(0),
    row.p99.toFixed(0),
  ]
  const head = [
    'portals',
    'Services',
    'start ms',
    'add 1 ms',
    'endpoint ms',
    'connect p50 µs',
    'p99 µs',
  ]
  for (const line of [head, ...rows.map(cells)]) {
    t.comment(line.map((cell, column) => cell.padStart(head[column]?.length ?? 0)).join('  '))
  }
}
