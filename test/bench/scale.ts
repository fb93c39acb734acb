// What a large cluster costs: 10,000 Services with 10 endpoints each, their changes under traffic, and a burst of them.
// Run by `npm run bench:scale`; prints figures, and asserts only what no noise of the machine can break.
import { once } from 'node:events'
import { createServer, request, Agent } from 'node:http'
import type { AddressInfo } from 'node:net'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startApiServer } from '../fixtures/api-server/start-api-server.ts'

const services = 10_000
const endpoints = 10
const changes = 300
const requestsPerSecond = 1000

interface Fact {
  readonly sync?: number
  readonly delayMs?: number
  readonly startedMs?: number
  readonly rssBytes?: number
  readonly port?: number
}

/** Slice number `index`. Each generation of it has ports of its own: what is written again unchanged is no change. */
function slice(index: number, backendPort: number, generation = 0) {
  const own = [{ addresses: ['127.0.0.1'] }]
  const others = Array.from({ length: endpoints }, (_, i) => ({
    addresses: [`10.${128 + (index >> 8)}.${index & 255}.${1 + ((i + generation) % 250)}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${i}`,
    zone: `zone-${i % 3}`,
  }))
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'default',
      name: `s${index}-1`,
      labels: { 'kubernetes.io/service-name': `s${index}` },
    },
    addressType: 'IPv4',
    ports: [{ port: index === 0 ? backendPort : 8080 + generation }],
    endpoints: index === 0 ? own : others,
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const backend = createServer((_, response) => response.end('ok'))
t.teardown(() => backend.close())
backend.listen(0, '127.0.0.1')
await once(backend, 'listening')
const backendPort = (backend.address() as AddressInfo).port

const api = await startApiServer(t)
api.set({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } })
for (let index = 0; index < services; index++) {
  api.set({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name: `s${index}` },
    spec: {
      clusterIP: `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
      ports: [{ port: 20_000 + (index % 10_000) }],
    },
  })
  api.set(slice(index, backendPort))
}
const kubeconfig = join(t.testdir(), 'kubeconfig')
writeFileSync(kubeconfig, api.kubeconfig())

const program = fileURLToPath(new URL('scale-node.mjs', import.meta.url))
const began = performance.now()
// Through env, which forgets what the test runner puts into every environment: its loader takes 100 MiB of its own.
const child = spawn('env', ['-i', process.execPath, program, kubeconfig], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
t.teardown(() => child.kill())
const facts: Fact[] = []
const lines = createInterface({ input: child.stdout })
lines.on('line', (line) => facts.push(JSON.parse(line) as Fact))
const ended = new AbortController()
lines.on('close', () => ended.abort(new Error('the program has ended')))
const nextLine = () => once(lines, 'line', { signal: ended.signal })

/** The first fact from number `from` on that holds what is asked for. */
async function fact(holds: (fact: Fact) => boolean, from = 0): Promise<Fact> {
  for (;;) {
    const found = facts.slice(from).find(holds)
    if (found) return found
    await nextLine()
  }
}

await t.test(`the first sync of ${services} Services × ${endpoints} endpoints`, async (t) => {
  const { startedMs = 0, rssBytes = 0 } = await fact(({ startedMs }) => startedMs !== undefined)
  t.comment(`from process start: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  t.comment(`from the end of the lists to all served: ${(startedMs / 1000).toFixed(2)} s (< 5 s)`)
  t.comment(`RSS: ${(rssBytes / 2 ** 20).toFixed(0)} MiB (< 500 MiB)`)
  t.ok(rssBytes < 500 * 2 ** 20)
})

await t.test(`endpoint changes at ${requestsPerSecond} requests/s`, async (t) => {
  const { port } = await fact(({ port }) => port !== undefined)
  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  let answered = 0
  let failed = 0
  let isOver = false
  const get = (): void => {
    const sent = request({ host: '127.0.0.1', port, agent }, (response) => {
      response.resume().on('end', () => answered++)
    })
    sent.on('error', () => failed++).end()
  }
  const load = (async () => {
    const start = performance.now()
    for (let sent = 0; !isOver; await delay(5)) {
      const due = ((performance.now() - start) / 1000) * requestsPerSecond
      for (; sent < due; sent++) get()
    }
  })()
  const delays: number[] = []
  const start = performance.now()
  for (let change = 1; change <= changes; change++) {
    const from = facts.length
    api.set(slice(1 + (change % (services - 1)), backendPort, change))
    const { delayMs = 0 } = await fact(({ sync }) => (sync ?? 0) > 0, from)
    delays.push(delayMs)
    await delay(60) // longer than minSyncPeriodMs: each change is a sync of its own
  }
  isOver = true
  await load
  const seconds = (performance.now() - start) / 1000
  agent.destroy()
  delays.sort((a, b) => a - b)
  const text = [0.5, 0.99, 1].map((share) => percentile(delays, share).toFixed(2)).join(' / ')
  t.comment(`event to data plane, p50 / p99 / most: ${text} ms (p99 < 5 ms), ${changes} changes`)
  t.comment(`${(answered / seconds).toFixed(0)} requests/s meanwhile, ${failed} failed`)
  t.equal(failed, 0)
})

await t.test('10,000 events in a burst', async (t) => {
  const from = facts.length
  const start = performance.now()
  for (let index = 1; index <= 10_000; index++) {
    api.set(slice(1 + (index % (services - 1)), backendPort, 1000 + index))
  }
  const done = (): number => facts.slice(from).reduce((sum, { sync = 0 }) => sum + sync, 0)
  while (done() < services - 1) await nextLine()
  const syncs = facts.slice(from).filter(({ sync = 0 }) => sync > 0).length
  t.comment(`${syncs} syncs, all in after ${(performance.now() - start).toFixed(0)} ms`)
  t.ok(syncs < 100, `${syncs} syncs`)
  child.stdin.write('rss\n')
  const { rssBytes = 0 } = await fact(({ rssBytes }) => rssBytes !== undefined, from)
  t.comment(`RSS: ${(rssBytes / 2 ** 20).toFixed(0)} MiB`)
})

child.stdin.end('end\n')
await once(child, 'exit')
