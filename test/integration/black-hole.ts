// One of three endpoints is a black hole: it drops SYNs. What new connections, a closed loop, and the neighbours notice.
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { ProxySocketSpec } from '../../lib/relay/data-plane.ts'
import { type BlackHole, startBlackHole } from '../fixtures/black-hole.ts'
import { endpointsAt, proxySocketSpec } from '../fixtures/data-plane.ts'
import { type RelayProcess, startRelayProcess } from '../fixtures/relay-process.ts'
import { startNamed } from '../fixtures/tcp.ts'

function spec(key: string, ports: readonly number[]): ProxySocketSpec {
  return proxySocketSpec(key, { endpoints: endpointsAt(ports) })
}

async function serve(relay: RelayProcess, specs: readonly ProxySocketSpec[]): Promise<number[]> {
  const statuses = await relay.apply({ removed: [], set: specs })
  return specs.map(
    ({ key }) => statuses.find((status) => status.key === key)?.listeners[0]?.port ?? 0,
  )
}

/** Connects, asks, reads to the end. Resolves with who answered and the time until the first byte. */
function request(port: number): Promise<{ answer: string; ms: number }> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    let ms = 0
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('data', (chunk) => {
      ms ||= performance.now() - began
      answer += chunk.toString()
    })
    socket.on('end', () => resolve({ answer, ms }))
    socket.on('error', reject)
    socket.end('?')
  })
}

const clients = 32
const turns = 20
const turnMs = 500
/** Of the first dial of a connection. */
const dialTimeoutMs = 250

/** Requests of 32 clients that begin the next when the last has ended, for so long. Returns how many. */
async function closedLoop(port: number, forMs: number): Promise<number> {
  const until = performance.now() + forMs
  let count = 0
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      await request(port)
      count++
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return count
}

async function start(
  t: Parameters<typeof startBlackHole>[0],
): Promise<{ hole: BlackHole; names: number[]; relay: RelayProcess }> {
  const hole = await startBlackHole(t)
  const backends = [await startNamed(t, 'pod-1'), await startNamed(t, 'pod-2')]
  return { hole, names: backends.map(({ port }) => port), relay: await startRelayProcess(t) }
}

t.test(
  '300 new connections all succeed; one dial timeout is the most that any waits',
  async (t) => {
    const { hole, names, relay } = await start(t)
    const [port = 0, neighbour = 0] = await serve(relay, [
      spec('web', [hole.port, ...names]),
      spec('neighbour', names),
    ])
    const times: number[] = []
    const besides: number[] = []
    for (let i = 0; i < 100; i++) {
      const three = await Promise.all([
        request(port),
        request(port),
        request(port),
        request(neighbour),
      ])
      times.push(...three.slice(0, 3).map(({ ms }) => ms))
      besides.push(three[3].ms)
    }
    const waited = times.filter((ms) => ms >= 240)
    t.comment(
      `${waited.length} of 300 met the black hole; slowest ${Math.max(...times).toFixed(0)} ms, beside it ${Math.max(...besides).toFixed(0)} ms`,
    )
    t.equal(times.length, 300)
    const [web, other] = (await relay.state()).sockets
    t.match(web?.counts, { opened: 300, failed: {} })
    t.equal(other?.counts.dialAttempts, 100, 'the Service next to it notices nothing')
    // Deferral: one dial fails at first, and one at each probe (after 1 s, 2 s, ...). Nobody else ever waits.
    t.equal((web?.counts.dialAttempts ?? 0) - 300, waited.length)
    t.ok(waited.length <= 100, 'never more than a third')
    t.ok(Math.max(...times) < 350)
    t.ok(Math.max(...besides) < 240)
  },
)

/**
 * 10 s with and 10 s without the black hole, from its first connection on. `ratio` is that of the rates; `lost` the part of
 * the time of the clients in which they waited for the hole, which no other load of the machine changes.
 */
async function race(
  t: Test,
): Promise<{ ratio: number; lost: number; hole: BlackHole; port: number }> {
  const { hole, names, relay } = await start(t)
  const specs = [spec('web', [hole.port, ...names]), spec('healthy', names)]
  const [withHole = 0, without = 0] = await serve(relay, specs)
  await closedLoop(without, 1000) // warm
  const sums = { withHole: 0, without: 0 }
  // Side by side in short turns, in the order A B B A: the machine's own noise and its drift meet both alike.
  for (let turn = 0; turn < turns; turn++) {
    const order =
      turn % 2 === 0 ? (['withHole', 'without'] as const) : (['without', 'withHole'] as const)
    for (const name of order) {
      sums[name] += await closedLoop(name === 'without' ? without : withHole, turnMs)
    }
  }
  const ratio = sums.withHole / sums.without
  const { sockets } = await relay.state()
  const { dialAttempts = Infinity, opened = 0 } =
    sockets.find(({ key }) => key === 'web')?.counts ?? {}
  const inVain = dialAttempts - opened
  const lost = (inVain * dialTimeoutMs) / (clients * turns * turnMs)
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  t.comment(
    `${sums.withHole} with, ${sums.without} without it: ${percent(ratio)}; ${inVain} dials in vain: ${percent(lost)} of the time`,
  )
  return { ratio, lost, hole, port: withHole }
}

t.test(
  'a closed loop waits less than 5 % of its time, and the endpoint has its share again when it is back',
  async (t) => {
    const runs = [await race(t), await race(t), await race(t)]
    for (const { lost } of runs) t.ok(lost < 0.05)
    // The rates are those of a machine that has other things to do too.
    const [, median] = runs.map((run) => run.ratio).sort((a, b) => a - b)
    t.ok((median ?? 0) >= 0.8, 'nor does it lose time otherwise')

    const { hole, port } = runs[2] as (typeof runs)[number]
    hole.revive()
    const share = async (): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => request(port)))
      return answers.filter(({ answer }) => answer === 'alive').length
    }
    let seconds = 0
    while ((await share()) < 9 && seconds < 60) {
      await delay(1000)
      seconds++
    }
    t.comment(`back to its share after ${seconds} s`)
    t.ok(seconds <= 30)
  },
)
