import t from 'tap'
import { startUpReport } from '../../../bin/run/start-up-report.ts'
import type { ListenerStatus, ProxiedStatus } from '../../../lib/index.ts'
import { proxiedStatus, splitStatus } from '../../fixtures/statuses.ts'

const listener: ListenerStatus = {
  role: 'proxy-port',
  address: '127.0.0.1',
  port: 8080,
  error: undefined,
}

const web = proxiedStatus({ listeners: [listener] })

const report = {
  services: [web],
  description: 'manifests shop.yaml',
  skippedKinds: new Map<string, number>(),
  admin: '127.0.0.1:10249',
  health: '0.0.0.0:10256',
}

t.test('a listener that is not bound is pending, and says why in a word', async (t) => {
  const pending = (error: string | undefined): ProxiedStatus => ({
    ...web,
    listeners: [{ ...listener, port: 0, error }],
  })
  const lines = startUpReport({
    ...report,
    services: [
      pending('EADDRINUSE: 127.0.0.1:80 is taken by another process'),
      pending('no free port for 127.0.0.1'),
      pending(undefined),
      { ...web, listeners: [listener, { ...listener, address: '::1', port: 8081 }] },
      { ...web, listeners: [] },
    ],
  })
  t.match(lines.split('\n').slice(5), [
    /^shop\/web:http {2}TCP {4}pending: EADDRINUSE +2\/3$/,
    /^shop\/web:http {2}TCP {4}pending: no free port for 127\.0\.0\.1 +2\/3$/,
    /^shop\/web:http {2}TCP {4}pending: not tried yet +2\/3$/,
    /^shop\/web:http {2}TCP {4}127\.0\.0\.1:8080,\[::1\]:8081 +2\/3$/,
    /^shop\/web:http {2}TCP {4}- +2\/3$/,
  ])
})

t.test('usable endpoints are counted for each way in where that makes a difference', async (t) => {
  const lines = startUpReport({ ...report, services: [web, splitStatus()] })
  t.match(lines.split('\n').slice(5), [/ 2\/3$/, / 2\/3 internal,1\/3 external$/])
})

t.test('where there is nothing to serve, and nobody to ask, it says that', async (t) => {
  t.equal(
    startUpReport({ ...report, services: [], admin: undefined, health: undefined }),
    [
      'serving manifests shop.yaml',
      'admin surface not yet: its port is taken',
      '',
      'no Service is proxied',
    ].join('\n'),
  )
})

t.test('probes have a line, unless nobody is to ask', async (t) => {
  const head = (health: string | undefined) =>
    startUpReport({ ...report, health })
      .split('\n')
      .slice(0, 3)
  const [serving, admin] = ['serving manifests shop.yaml', 'admin surface 127.0.0.1:10249']
  t.same(head('0.0.0.0:10256'), [serving, admin, 'health server 0.0.0.0:10256'])
  t.same(head(undefined), [serving, admin, ''])
})

t.test('a port that is not proxied is named, and so is a whole Service', async (t) => {
  const reason = 'SCTP: Node has no socket for it'
  const left = { namespace: 'shop', name: 'call', reason, notProxied: true as const }
  const text = startUpReport({
    ...report,
    services: [
      { ...left, port: 'sip' },
      { ...left, port: undefined },
    ],
  })
  t.match(text, `NOT PROXIED    REASON\nshop/call:sip  ${reason}\nshop/call      ${reason}`)
})

t.test('no table and no list is wider than 80 columns', async (t) => {
  const name = 'n'.repeat(63)
  const kinds = Array.from({ length: 30 }, (_, i) => [`CustomResourceKind${i}`, i + 1] as const)
  const text = startUpReport({
    ...report,
    services: [
      { ...web, namespace: name, name },
      {
        namespace: name,
        name,
        port: name,
        reason: 'headless Service: its clients dial the endpoints themselves',
        notProxied: true,
      },
    ],
    skippedKinds: new Map(kinds),
  })
  t.same(
    text.split('\n').filter((line) => line.length > 80),
    [],
  )
  for (const [kind] of kinds) t.match(text, kind)
})
