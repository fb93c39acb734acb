import t from 'tap'
import { connectionLine } from '../../../lib/observe/connection-line.ts'
import type { ConnectionInfo } from '../../../lib/relay/data-plane.ts'
import type { CloseReason, FailureReason } from '../../../lib/relay/reasons.ts'

const info: ConnectionInfo = {
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
}

const endedMs = Date.UTC(2026, 1, 3, 4, 5, 6, 789)

t.test('a connection is one line of JSON', async (t) => {
  const line = connectionLine(info, endedMs)
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
  t.match(JSON.parse(connectionLine({ ...info, servicePort: 'shop/web' }, endedMs)), {
    namespace: 'shop',
    service: 'web',
    port: '',
  })
})

const closers: readonly (readonly [
  CloseReason | FailureReason,
  ConnectionInfo['endedFirst'],
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
    t.match(JSON.parse(connectionLine(given, endedMs)), { reason, closedBy })
  })
}
