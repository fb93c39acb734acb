// A restart that nobody notices: connections are neither refused nor cut while the daemon is replaced under load.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import { follow, type Running, script } from '../fixtures/binary.ts'
import { installedRules } from '../fixtures/daemon.ts'
import type { Host } from '../fixtures/network.ts'
import { openNetwork } from '../fixtures/network.ts'
import type { Outcome, Place, Traffic } from '../fixtures/traffic.ts'
import { startEndpoint, startTraffic } from '../fixtures/traffic.ts'
import { unusedPorts } from '../fixtures/unused-ports.ts'

const here: Place = {
  spawn: (command, args, options = {}) => spawn(command, args, options),
}

/** A Service for TCP and UDP with affinity for both; and others, one for each of the addresses, with the same endpoints. */
function manifest({
  port,
  clusterIP,
  endpoints,
  others = [],
}: {
  port: number
  clusterIP?: string
  endpoints: readonly { address: string; port: number }[]
  others?: readonly string[]
}): string {
  const ports = [
    { name: 'http', protocol: 'TCP' },
    { name: 'dns', protocol: 'UDP' },
  ]
  const objects = (name: string, clusterIP: string | undefined): object[] => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'shop', name },
      spec: {
        sessionAffinity: 'ClientIP',
        ...(clusterIP && { clusterIP }),
        ports: ports.map((one) => ({ ...one, port })),
      },
    }
    const slices = endpoints.map(({ address, port }, index) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: 'shop',
        name: `${name}-${index}`,
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: 'IPv4',
      ports: ports.map((one) => ({ ...one, port })),
      endpoints: [{ addresses: [address] }],
    }))
    return [service, ...slices]
  }
  const items = [['web', clusterIP] as const, ...others.map((ip, i) => [`other-${i}`, ip] as const)]
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: items.flatMap(([name, ip]) => objects(name, ip)),
  })
}

interface Kept {
  readonly child: ChildProcess
  readonly daemon: Running
  /** Resolves when another process serves. */
  restart(): Promise<void>
}

/** Starts the daemon with a keeper; resolves when it serves. */
async function startKept(t: Test, place: Place, args: readonly string[]): Promise<Kept> {
  const all = [script, 'run', '--keeper', '--grace', '30s', ...args]
  const child = place.spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] })
  const daemon = follow(t, child)
  await daemon.stdout(/^shop\/web:http .*\n/m)
  let restarts = 0
  return {
    child,
    daemon,
    restart: async () => {
      restarts++
      child.kill('SIGHUP')
      await daemon.stderr(new RegExp(`(?:process \\d+ serves(?:.|\\n)*){${restarts}}`))
    },
  }
}

/** Restarts so often, or for a minute: then this machine has other things to do. Returns how often, and for how long each. */
async function restarts(kept: Kept, count: number): Promise<{ count: number; ms: number }> {
  const began = performance.now()
  for (let i = 1; ; i++) {
    await kept.restart()
    await delay(100)
    const ms = performance.now() - began
    if (i === count || ms > 60_000) return { count: i, ms: Math.round(ms / i) - 100 }
  }
}

function judge(t: Test, outcome: Outcome, least: number): void {
  t.comment(JSON.stringify(outcome))
  t.same(outcome.failures, {}, 'no connection was refused or cut')
  t.equal(outcome.served, outcome.begun)
  t.equal(outcome.moved, 0, 'every client stayed on its endpoint')
  t.equal(outcome.unanswered, 0, 'every datagram was answered')
  t.ok(outcome.begun >= least, 'there was traffic')
  t.ok(outcome.held > 5)
}

t.test('20 restarts under 1,000 new connections a second lose none', async (t) => {
  const [port = 0, admin = 0, healthz = 0, ...ports] = await unusedPorts(6)
  const endpoints = ports.map((port) => ({ address: '127.0.0.1', port }))
  const path = join(t.testdir(), 'shop.json')
  writeFileSync(path, manifest({ port, endpoints }))
  for (const { address, port } of endpoints) {
    const child = await startEndpoint(here, { address, port, name: `pod-${port}` })
    t.teardown(() => child.kill())
  }
  const kept = await startKept(t, here, [
    '--manifests',
    path,
    '--metrics-bind-address',
    `127.0.0.1:${admin}`,
    '--healthz-bind-address',
    `127.0.0.1:${healthz}`,
  ])
  const from = Array.from({ length: 50 }, (_, i) => `127.0.9.${i + 1}`)
  const options = { address: '127.0.0.1', port, udpPort: port, perSecond: 1000, from, holdMs: 2500 }
  const traffic = await startTraffic(here, options)
  const probes = await probeUntil(`http://127.0.0.1:${healthz}`)
  await delay(500)
  const { count, ms } = await restarts(kept, 20)
  t.comment(`${count} restarts, ${ms} ms each`)
  const bad = await probes.stop()
  judge(t, await traffic.stop(), 5000)
  t.same(bad, [], 'no probe failed')
  kept.child.kill('SIGTERM')
  t.equal((await kept.daemon.exited).code, 0)
})

/** Connects to port 80 of each address, and returns those whose endpoint has not said its name. */
async function unreached(place: Host, addresses: readonly string[]): Promise<string[]> {
  const program = `
    const { connect } = require('node:net')
    for (const address of process.argv.slice(1)) {
      const socket = connect(80, address)
      let name = ''
      socket.on('data', (chunk) => { name += chunk; socket.end() })
      socket.on('error', () => {})
      socket.setTimeout(5000, () => socket.destroy())
      socket.on('close', () => { if (!name.startsWith('pod')) console.log(address) })
    }`
  const { stdout } = await place.run(process.execPath, ['-e', program, ...addresses])
  return stdout.split('\n').filter(Boolean)
}

/** Asks every probe again and again, and collects what was not 200 three times in a row: that is when a kubelet acts. */
async function probeUntil(url: string): Promise<{ stop: () => Promise<string[]> }> {
  const bad: string[] = []
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      for (const path of ['/healthz', '/livez', '/readyz']) {
        const faults: string[] = []
        while (faults.length < 3) {
          const answer = await fetch(url + path, { headers: { connection: 'close' } }).catch(String)
          if (typeof answer !== 'string' && answer.status === 200) break
          faults.push(typeof answer === 'string' ? answer : `${answer.status}`)
        }
        if (faults.length === 3) bad.push(`${path}: ${faults.join(', ')}`)
      }
      await delay(20)
    }
  })()
  return {
    stop: async () => {
      isOver = true
      await asking
      return bad
    },
  }
}

t.test('with iptables', async (t) => {
  const network = await openNetwork(t)
  if (network === undefined) return
  const { node, pods, client } = network
  for (const pod of pods)
    await startEndpoint(pod, { address: pod.ipv4, port: 8080, name: pod.name })
  const clusterIP = '10.96.0.10'
  const endpoints = pods.map(({ ipv4 }) => ({ address: ipv4, port: 8080 }))
  const path = join(t.testdir(), 'shop.json')
  const others = Array.from({ length: 200 }, (_, i) => `10.96.1.${i + 1}`)
  writeFileSync(path, manifest({ port: 80, clusterIP, endpoints, others }))
  const args = ['--manifests', path, '--portals', 'iptables']
  const options = { address: clusterIP, port: 80, udpPort: 80, perSecond: 200, holdMs: 2500 }
  let traffic: Traffic
  let before: string

  t.test('restarts lose nothing, and touch no rule', async (t) => {
    const kept = await startKept(t, node, args)
    before = await installedRules(node)
    traffic = await startTraffic(client, options)
    await delay(500)
    await restarts(kept, 5)
    judge(t, await traffic.stop(), 500)
    t.equal(await installedRules(node), before, 'the same rules lead to the same ports')

    t.comment('kill -9 of everything under load, and start again')
    traffic = await startTraffic(client, options)
    await delay(300)
    const { stdout } = await node.run('pgrep', ['-P', String(kept.child.pid)])
    for (const pid of stdout.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL')
    kept.child.kill('SIGKILL')
    const began = performance.now()
    await once(kept.child, 'close')
    const again = await startKept(t, node, args)
    const upMs = performance.now() - began
    const silent = await unreached(client, others)
    const allMs = performance.now() - began
    await delay(500)
    const outcome = await traffic.stop()
    t.comment(`serves again after ${Math.round(upMs)} ms, every Service has answered after`)
    t.comment(`${Math.round(allMs)} ms: ${JSON.stringify(outcome)}`)
    t.same(silent, [], 'every Service answers')
    // 2 s are meant; the rest is for a machine that has other things to do.
    t.ok(outcome.outageMs > 0 && outcome.outageMs < 10_000)
    t.ok(allMs < 10_000)
    t.equal(await installedRules(node), before, 'the rules were taken over, with the same ports')
    again.child.kill('SIGTERM')
    t.equal((await again.daemon.exited).code, 0)
    t.notMatch(await installedRules(node), /KUBE-|USERSPACE-PROXY/, 'and are removed at the end')
  })
})
