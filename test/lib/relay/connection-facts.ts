import t from 'tap'
import type { ConnectionFacts } from '../../../lib/relay/connection-facts.ts'
import { closedConnectionInfo, connectionInfo } from '../../../lib/relay/connection-facts.ts'
import { connectionStatus } from '../../fixtures/statuses.ts'

const facts: ConnectionFacts = {
  id: 7,
  host: { servicePort: 'shop/web:http', entryName: 'internal' },
  protocol: 'TCP',
  clientAddress: '10.244.3.4',
  clientPort: 41_234,
  entry: '10.96.0.10:80',
  endpoint: '10.244.1.7:8080',
  state: 'established',
  attempts: 2,
  sinceMs: 100.2,
  untilMs: 1600.1,
  bytesFromClient: 78,
  bytesFromEndpoint: 1024,
  endedFirst: undefined,
  reason: undefined,
}

const info = connectionStatus({ id: 7, attempts: 2, ageMs: 1500, bytesFromClient: 78 })

t.test('of a connection that is open there is no end to tell of', async (t) => {
  t.strictSame(connectionInfo(facts), info)
  t.strictSame(connectionInfo({ ...facts, endedFirst: 'client' }), {
    ...info,
    endedFirst: 'client',
  })
})

t.test('of one that is over there is why and when', async (t) => {
  const closed = { ...facts, state: 'closed', reason: 'idle' } as const
  t.strictSame(closedConnectionInfo(closed, 5), {
    ...info,
    state: 'closed',
    reason: 'idle',
    endedMs: 5,
  })
})

t.test('the family is that of the client, or of the entry where nothing is known of it', (t) => {
  const gone = { clientAddress: undefined, clientPort: undefined }
  for (const [more, family, client] of [
    [{ clientAddress: 'fd00::1', clientPort: 9 }, 'IPv6', '[fd00::1]:9'],
    [{ entry: '[fd00::2]:80' }, 'IPv4', '10.244.3.4:41234'],
    [{ ...gone, entry: '[fd00::2]:80' }, 'IPv6', ''],
    [gone, 'IPv4', ''],
    [{ ...gone, entry: '' }, 'IPv4', ''],
  ] as const) {
    t.match(connectionInfo({ ...facts, ...more }), { family, client })
  }
  t.end()
})
