import fc from 'fast-check'
import t from 'tap'
import { connectionLines } from '../../../lib/observe/connection-lines.ts'
import { LineBuffer } from '../../../lib/observe/line-buffer.ts'
import type { ClosedConnectionInfo } from '../../../lib/relay/data-plane.ts'
import type { CloseReason, FailureReason } from '../../../lib/relay/reasons.ts'

const endedMs = Date.UTC(2026, 1, 3, 4, 5, 6, 789)

const info: ClosedConnectionInfo = {
  id: 7,
  servicePort: 'shop/web:http',
  protocol: 'TCP',
  family: 'IPv4',
  client: '10.244.3.4:41234',
  entry: '10.96.0.10:80',
  entryName: 'internal',
  endpoint: '10.244.1.7:8080',
  state: 'closed',
  attempts: 2,
  ageMs: 1500,
  bytesFromClient: 78,
  bytesFromEndpoint: 1024,
  endedFirst: 'client',
  reason: 'ended',
  endedMs,
}

const put = connectionLines()
const buffer = new LineBuffer(1024)

function connectionLine(info: ClosedConnectionInfo): string {
  buffer.clear()
  put(buffer, info)
  buffer.endLine()
  return buffer.bytes.toString().slice(0, -1)
}

t.test('a connection is one line of JSON', async (t) => {
  const line = connectionLine(info)
  t.notMatch(line, '\n')
  t.strictSame(JSON.parse(line), {
    id: 7,
    started: '2026-02-03T04:05:05.289Z',
    ended: '2026-02-03T04:05:06.789Z',
    durationMs: 1500,
    namespace: 'shop',
    service: 'web',
    port: 'http',
    protocol: 'TCP',
    family: 'IPv4',
    client: '10.244.3.4:41234',
    entry: '10.96.0.10:80',
    entryName: 'internal',
    endpoint: '10.244.1.7:8080',
    attempts: 2,
    bytesFromClient: 78,
    bytesFromEndpoint: 1024,
    reason: 'ended',
    closedBy: 'client',
  })
})

t.test('a port without a name is an empty one', async (t) => {
  t.match(JSON.parse(connectionLine({ ...info, servicePort: 'shop/web' })), {
    namespace: 'shop',
    service: 'web',
    port: '',
  })
})

const closers: readonly (readonly [
  CloseReason | FailureReason,
  ClosedConnectionInfo['endedFirst'],
  string,
])[] = [
  ['ended', 'client', 'client'],
  ['ended', 'endpoint', 'endpoint'],
  ['ended', undefined, 'proxy'],
  ['client-reset', 'endpoint', 'client'],
  ['client-gone', undefined, 'client'],
  ['endpoint-reset', 'client', 'endpoint'],
  ['endpoint-refused', undefined, 'endpoint'],
  ['no-endpoint', undefined, 'proxy'],
  ['half-close-timeout', 'client', 'proxy'],
  ['idle', undefined, 'proxy'],
]

for (const [reason, endedFirst, closedBy] of closers) {
  t.test(`${reason}, first ended by ${endedFirst ?? 'nobody'}: ${closedBy}`, async (t) => {
    const { endedFirst: _, ...rest } = info
    const given = { ...rest, reason, ...(endedFirst && { endedFirst }) }
    t.match(JSON.parse(connectionLine(given)), { reason, closedBy })
  })
}

t.test('whatever a text holds, the line is what JSON.stringify makes of it', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\x7f', '\ud800', '%', 'a') }),
    fc.ipV6().map((address) => `[fe80::1%${address}]:80`),
  )
  const name = text.map((text) => text.replaceAll(/[/:]/g, '-'))
  const count = fc.maxSafeNat()
  const infos = fc.record({
    id: count,
    names: fc.tuple(name, name, name),
    client: text,
    entry: text,
    endpoint: text,
    attempts: count,
    ageMs: fc.nat(),
    bytesFromClient: count,
    bytesFromEndpoint: count,
  })
  fc.assert(
    fc.property(infos, ({ names: [namespace, service, port], ...given }) => {
      const servicePort = `${namespace}/${service}${port === '' ? '' : `:${port}`}`
      const { id, ageMs: durationMs, client, entry, endpoint, ...counts } = given
      const expected = {
        id,
        started: new Date(endedMs - durationMs).toISOString(),
        ended: new Date(endedMs).toISOString(),
        durationMs,
        namespace,
        service,
        port,
        protocol: 'TCP',
        family: 'IPv4',
        client,
        entry,
        entryName: 'internal',
        endpoint,
        ...counts,
        reason: 'ended',
        closedBy: 'client',
      }
      return connectionLine({ ...info, ...given, servicePort }) === JSON.stringify(expected)
    }),
  )
})
