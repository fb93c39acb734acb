import t from 'tap'
import { startUpReport } from '../../../bin/run/start-up-report.ts'
import type { ListenerStatus, ProxiedStatus } from '../../../lib/index.ts'

const listener: ListenerStatus = {
  role: 'proxy-port',
  address: '127.0.0.1',
  port: 8080,
  error: undefined,
}

const web: ProxiedStatus = {
  namespace: 'shop',
  name: 'web',
  port: 'http',
  protocol: 'TCP',
  family: 'IPv4',
  clusterIP: undefined,
  portNumber: 80,
  nodePort: 0,
  sessionAffinity: { type: 'None' },
  listeners: [listener],
  endpoints: { usable: 2, total: 3 },
  counts: {
    opened: 0,
    open: 0,
    failed: {},
    closed: {},
    dialAttempts: 0,
    bytesFromClient: 0,
    bytesFromEndpoint: 0,
    datagramsDropped: 0,
  },
}

const report = {
  services: [web],
  description: 'manifests shop.yaml',
  skippedKinds: new Map<string, number>(),
  admin: '127.0.0.1:10249',
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
  t.match(lines.split('\n').slice(4), [
    /^shop\/web:http {2}TCP {4}pending: EADDRINUSE +2\/3$/,
    /^shop\/web:http {2}TCP {4}pending: no free port for 127\.0\.0\.1 +2\/3$/,
    /^shop\/web:http {2}TCP {4}pending: not tried yet +2\/3$/,
    /^shop\/web:http {2}TCP {4}127\.0\.0\.1:8080,\[::1\]:8081 +2\/3$/,
    /^shop\/web:http {2}TCP {4}- +2\/3$/,
  ])
})

t.test('where there is nothing to serve, and nobody to ask, it says that', async (t) => {
  t.equal(
    startUpReport({ ...report, services: [], admin: undefined }),
    [
      'serving manifests shop.yaml',
      'admin surface not yet: its port is taken',
      '',
      'no Service is proxied',
    ].join('\n'),
  )
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
