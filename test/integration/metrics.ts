/** `promtool check metrics` on what a Proxier with rules, traffic and every kind of series tells. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { IptablesPortalBinder, MemorySource, Metrics, Proxier } from '../../lib/index.ts'
import { FakeIptables } from '../fixtures/fake-iptables.ts'
import { parseMetrics } from '../fixtures/metrics.ts'
import { exchange, startNamed } from '../fixtures/tcp.ts'
import { startUdpEcho, udpClient } from '../fixtures/udp.ts'

/** The names are kube-proxy's, and so are their faults. */
const knownFaults = ['iptables_total', 'no_local_endpoints_total'].map(
  (name) =>
    `kubeproxy_sync_proxy_rules_${name} non-counter metrics should not have "_total" suffix`,
)

const ports = [
  { name: 'http', protocol: 'TCP', port: 80 },
  { name: 'dns', protocol: 'UDP', port: 53 },
] as const

t.test('promtool finds no fault of ours', async (t) => {
  const command = process.env['PROMTOOL'] ?? 'promtool'
  if (spawnSync(command, ['--version']).error !== undefined) {
    if (process.env['CI']) t.fail('there is no promtool')
    else t.plan(0, 'there is no promtool')
    return
  }
  const [backend, echo] = [await startNamed(t, 'pod-1'), await startUdpEcho(t)]
  const metadata = { namespace: 'shop', name: 'web' }
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      labels: { 'kubernetes.io/service-name': 'web' },
      annotations: {
        'endpoints.kubernetes.io/last-change-trigger-time': new Date(Date.now() + 1000).toJSON(),
      },
    },
    addressType: 'IPv4',
    ports: [
      { ...ports[0], port: backend.port },
      { ...ports[1], port: echo.port },
    ],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { clusterIP: '10.96.0.10', ports },
  }
  const proxier = new Proxier({
    source: new MemorySource([service, slice]),
    portalBinder: new IptablesPortalBinder({ run: new FakeIptables().run, bindAddress: '0.0.0.0' }),
  })
  t.teardown(() => proxier.close())
  const metrics = new Metrics({
    proxier,
    perEndpoint: true,
    version: '0.1.0',
    connectionLog: { written: 1, lost: 0 },
    kubernetesEvents: { counts: { written: 1, dropped: 0, suppressed: 0 } },
  })
  t.teardown(() => metrics.close())
  await proxier.start()
  for (const row of await proxier.services()) {
    if ('notProxied' in row) throw new Error(row.reason)
    const port = row.listeners[0]?.port ?? 0
    if (row.protocol === 'TCP') await exchange(t, port)
    else {
      const client = await udpClient(t, port)
      client.send('question')
      await client.got(1)
    }
  }
  const { text } = await metrics.text()
  const mayBeEmpty =
    /_failed_total$|failed_dials_total$|_connections_closed_total$|problems_total$|source_live$/
  for (const [name, { series }] of parseMetrics(text)) {
    if (series.length === 0) t.match(name, mayBeEmpty, 'there is no series of it')
  }
  const { status, stdout, stderr } = spawnSync(command, ['check', 'metrics'], { input: text })
  const told = `${String(stdout)}${String(stderr)}`.trimEnd().split('\n')
  t.strictSame(told.toSorted(), knownFaults)
  t.equal(status, 3, 'which says that it has something to tell')
})
