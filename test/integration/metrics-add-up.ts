/**
 * Ten thousand connections and flows, most of them with a fault: what is counted is what was done, by reason, to the byte,
 * and at every reading meanwhile what was opened is what failed, what ended and what is open.
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { ListenAddress } from '../../lib/index.ts'
import { MemorySource, Metrics, NonePortalBinder, Proxier } from '../../lib/index.ts'
import { startBlackHole } from '../fixtures/black-hole.ts'
import type { MetricFamily } from '../fixtures/metrics.ts'
import { parseMetrics, sumOf } from '../fixtures/metrics.ts'
import { refusingPort, startBackend } from '../fixtures/tcp.ts'
import { startUdpEcho, udpClient } from '../fixtures/udp.ts'

type Families = ReadonlyMap<string, MetricFamily>

interface Wanted {
  readonly name: string
  readonly protocol: 'TCP' | 'UDP'
  readonly endpoints: readonly number[]
}

function objectsOf({ name, protocol, endpoints }: Wanted): object[] {
  const metadata = { namespace: 'shop', name }
  const labels = { 'kubernetes.io/service-name': name }
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ protocol, port: 9 }] } },
    ...endpoints.map((port) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: 'shop', name: `${name}-${port}`, labels },
      addressType: 'IPv4',
      ports: [{ name: '', protocol, port }],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    })),
  ]
}

/** Only who comes from 127.0.0.9 may in. */
function restrictedOf(port: number): object[] {
  const metadata = { namespace: 'shop', name: 'restricted' }
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['127.0.0.9/32'],
        ports: [{ port: 9, nodePort: 30_999 }],
      },
      status: { loadBalancer: { ingress: [{ ip: '127.0.0.8' }] } },
    },
    ...objectsOf({ name: 'restricted', protocol: 'TCP', endpoints: [port] }).slice(1),
  ]
}

/** Every entry listens, whatever its clients are to dial: the one with the source ranges too. */
class EveryEntry extends NonePortalBinder {
  override listenAddresses(): readonly ListenAddress[] {
    return [{ role: 'proxy-port', address: '127.0.0.1', ports: [0] }]
  }
}

/** Bytes that clients have sent, and got. */
const bytes = { sent: 0, got: 0 }

async function open(port: number, address = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: address, allowHalfOpen: true, noDelay: true })
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => (bytes.got += chunk.length))
  await once(socket, 'connect').catch(() => {})
  return socket
}

function closed(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : once(socket, 'close').catch(() => {})
}

function say(socket: Socket, text: string): void {
  bytes.sent += text.length
  socket.write(text)
}

/** What a client does, from its first byte until it is over. */
const clients: Record<string, (port: number) => Promise<void>> = {
  /** Sends, ends, and reads to the end: half closed for a while. */
  async ended(port) {
    const socket = await open(port)
    say(socket, 'a word')
    socket.end()
    await closed(socket)
  },
  async clientReset(port) {
    const socket = await open(port)
    say(socket, 'hello')
    await once(socket, 'data') // the endpoint has it
    socket.resetAndDestroy()
    await closed(socket)
  },
  async endpointReset(port) {
    const socket = await open(port)
    say(socket, 'reset me')
    await closed(socket)
  },
  async turnedAway(port) {
    await closed(await open(port))
  },
  /** Gone while an endpoint that never answers is dialled. */
  async clientGone(port) {
    const socket = await open(port)
    await sleep(5)
    socket.resetAndDestroy()
    await closed(socket)
  },
}

async function many(count: number, atOnce: number, run: () => Promise<void>): Promise<void> {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

async function readMetrics(metrics: Metrics): Promise<Families> {
  return parseMetrics((await metrics.text()).text)
}

const prefixes = ['userspace_proxy_', 'userspace_proxy_all_']

/** Whether it holds for each ServicePort, and for all together. */
function addsUp(t: Test, families: Families): void {
  for (const prefix of prefixes) {
    const opened = families.get(`${prefix}connections_opened_total`)?.series ?? []
    for (const { labels, value } of opened) {
      const [open, failed, closed] = [
        sumOf(families, `${prefix}connections_open`, labels),
        sumOf(families, `${prefix}connections_failed_total`, labels),
        sumOf(families, `${prefix}connections_closed_total`, labels),
      ]
      if (value !== open + failed + closed) t.fail(`${JSON.stringify(labels)} does not add up`)
    }
  }
}

/** Counters of the second that are less than in the first. */
function fallen(before: Families, after: Families): string[] {
  return [...before].flatMap(([name, { type, series }]) =>
    type === 'gauge'
      ? []
      : series
          .filter(({ labels, value, name: seriesName }) => {
            if (labels['quantile'] !== undefined) return false
            const now = after
              .get(name)
              ?.series.find((one) => one.name === seriesName && same(one.labels, labels))
            return now !== undefined && now.value < value
          })
          .map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`),
  )
}

function same(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

t.test('10,000 connections and flows with faults add up', async (t) => {
  const echo = await startBackend(t, (socket) => socket.pipe(socket))
  const resetting = await startBackend(t, (socket) =>
    socket.once('data', () => socket.resetAndDestroy()),
  )
  const udpEcho = await startUdpEcho(t)
  const refusing = await refusingPort(t)
  const hole = await startBlackHole(t)
  const wanted: Wanted[] = [
    { name: 'web', protocol: 'TCP', endpoints: [echo.port] },
    { name: 'resetting', protocol: 'TCP', endpoints: [resetting.port] },
    { name: 'refusing', protocol: 'TCP', endpoints: [refusing] },
    { name: 'hole', protocol: 'TCP', endpoints: [hole.port] },
    { name: 'empty', protocol: 'TCP', endpoints: [] },
    { name: 'dns', protocol: 'UDP', endpoints: [udpEcho.port] },
    { name: 'empty-dns', protocol: 'UDP', endpoints: [] },
  ]
  const source = new MemorySource([...wanted.flatMap(objectsOf), ...restrictedOf(echo.port)])
  // A busy machine answers late: no dial to an endpoint that is well is to time out, and no flow before its answer.
  const options = {
    dialTimeoutsMs: [1000, 1000],
    udpTimeoutMs: 5000,
    externalIPCIDRs: ['127.0.0.8/32'],
  }
  const proxier = new Proxier({ source, portalBinder: new EveryEntry(), ...options })
  t.teardown(() => proxier.close())
  const metrics = new Metrics({ proxier, perEndpoint: true })
  t.teardown(() => metrics.close())
  await proxier.start()
  const ports = new Map<string, number>()
  for (const row of await proxier.services()) {
    if ('notProxied' in row) throw new Error(row.reason)
    for (const { port } of row.listeners) ports.set(row.name, port)
  }
  const port = (name: string): number => ports.get(name) ?? 0
  const run = (client: string, name: string) => () => clients[client]?.(port(name))

  let isRunning = true
  let before = await readMetrics(metrics)
  const watching = (async () => {
    let readings = 0
    while (isRunning) {
      const now = await readMetrics(metrics)
      addsUp(t, now)
      const less = fallen(before, now)
      if (less.length > 0) t.fail(`fell: ${less.join()}`)
      before = now
      readings++
      await sleep(200)
    }
    return readings
  })()

  const flows = async (): Promise<void> => {
    for (let i = 0; i < 500; i++) {
      const client = await udpClient(t, port('dns'))
      for (const text of ['one', 'three']) {
        bytes.sent += text.length
        client.send(text)
      }
      await client.got(2)
      // Not closed: another client could have its port, and then its flow.
      for (const { bytes: datagram } of client.datagrams) bytes.got += datagram.length
    }
  }
  const refusedDatagrams = async (): Promise<void> => {
    const client = await udpClient(t, port('empty-dns'))
    for (let i = 0; i < 500; i++) {
      bytes.sent += 4
      client.send('void')
      if (i % 50 === 0) await sleep(1)
    }
    // Loopback loses none: the buffer of the listener holds them all.
    while (sumOf(before, opened, { service: 'empty-dns' }) < 500) await sleep(10)
  }
  const opened = 'userspace_proxy_connections_opened_total'
  await Promise.all([
    many(4000, 12, run('ended', 'web') as () => Promise<void>),
    many(1500, 4, run('clientReset', 'web') as () => Promise<void>),
    many(1500, 4, run('endpointReset', 'resetting') as () => Promise<void>),
    many(600, 4, run('turnedAway', 'refusing') as () => Promise<void>),
    many(200, 100, run('turnedAway', 'hole') as () => Promise<void>),
    many(200, 4, run('clientGone', 'hole') as () => Promise<void>),
    many(500, 4, run('turnedAway', 'empty') as () => Promise<void>),
    many(500, 4, run('turnedAway', 'restricted') as () => Promise<void>),
    flows(),
    refusedDatagrams(),
  ])
  const open = 'userspace_proxy_all_connections_open'
  while (sumOf(before, open) > 0) await sleep(20)
  isRunning = false
  t.ok((await watching) > 3, 'it was looked at meanwhile')

  const now = await readMetrics(metrics)
  const count = (name: string, labels: Record<string, string>) =>
    sumOf(now, `userspace_proxy_${name}`, labels)
  const failed = (service: string, reason: string) =>
    count('connections_failed_total', { service, reason })
  const ended = (service: string, reason: string) =>
    count('connections_closed_total', { service, reason })
  t.equal(sumOf(now, 'userspace_proxy_all_connections_opened_total'), 10_000)
  t.strictSame(
    {
      ended: ended('web', 'ended'),
      clientReset: ended('web', 'client-reset'),
      endpointReset: ended('resetting', 'endpoint-reset'),
      refused: failed('refusing', 'dial-failed'),
      blackHoled: failed('hole', 'dial-failed'),
      clientGone: failed('hole', 'client-gone'),
      noEndpoint: failed('empty', 'no-endpoint'),
      sourceRange: failed('restricted', 'source-range'),
      idle: ended('dns', 'idle'),
      noEndpointUdp: failed('empty-dns', 'no-endpoint'),
    },
    {
      ended: 4000,
      clientReset: 1500,
      endpointReset: 1500,
      refused: 600,
      blackHoled: 200,
      clientGone: 200,
      noEndpoint: 500,
      sourceRange: 500,
      idle: 500,
      noEndpointUdp: 500,
    },
  )
  t.strictSame(
    {
      sent: sumOf(now, 'userspace_proxy_all_bytes_total', { direction: 'from_client' }),
      got: sumOf(now, 'userspace_proxy_all_bytes_total', { direction: 'from_endpoint' }),
    },
    bytes,
  )
  t.equal(count('datagrams_total', { direction: 'from_client' }), 1500)
  t.equal(count('datagrams_total', { direction: 'from_endpoint' }), 1000)
  // Each of the 200 is dialled twice; a client that goes may have seen one time out.
  t.ok(count('dial_retries_total', { service: 'hole' }) >= 200)
  // A machine that is busy may answer so late that a dial has timed out.
  t.ok(count('endpoint_failed_dials_total', { service: 'refusing' }) >= 600)
  const dials = now.get('userspace_proxy_dial_duration_seconds')?.series ?? []
  const count7000 = dials.filter(({ name }) => name.endsWith('_count'))
  t.equal(
    count7000.reduce((sum, { value }) => sum + value, 0),
    7000,
  )

  source.delete({ kind: 'Service', namespace: 'shop', name: 'web' })
  await proxier.sync()
  const without = await readMetrics(metrics)
  t.equal(sumOf(without, opened, { service: 'web' }), 0, 'its series have ended')
  t.equal(sumOf(without, 'userspace_proxy_all_connections_opened_total'), 10_000)
  source.set(objectsOf(wanted[0] as Wanted)[0])
  await proxier.sync()
  const again = await readMetrics(metrics)
  t.equal(sumOf(again, opened, { service: 'web' }), 5500, 'and go on where they were')
  t.equal(sumOf(again, 'userspace_proxy_all_connections_opened_total'), 10_000)
  addsUp(t, again)
})
