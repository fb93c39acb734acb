import { EventEmitter } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Reading } from '../../../lib/observe/metric.ts'
import { metricDefinitions, Metrics } from '../../../lib/observe/metrics.ts'
import type { MetricsOptions } from '../../../lib/observe/metrics.ts'
import { IptablesPortalBinder } from '../../../lib/portal/iptables-portal-binder.ts'
import { Proxier } from '../../../lib/proxier.ts'
import { MemorySource } from '../../../lib/source/memory-source.ts'
import { FakeIptables } from '../../fixtures/fake-iptables.ts'
import { parseMetrics, sumOf } from '../../fixtures/metrics.ts'
import { exchange, startNamed } from '../../fixtures/tcp.ts'
import { udpClient } from '../../fixtures/udp.ts'

function objectsOf(name: string, endpoints: readonly number[], protocol = 'TCP'): object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'shop', name },
      spec: { clusterIP: '10.96.0.10', ports: [{ name: 'main', protocol, port: 9 }] },
    },
    ...endpoints.map((port) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: 'shop',
        name: `${name}-${port}`,
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: 'IPv4',
      ports: [{ name: 'main', protocol, port }],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    })),
  ]
}

async function start(
  t: Test,
  objects: readonly object[],
  options: Partial<MetricsOptions> & { iptables?: boolean } = {},
) {
  const { iptables = false, ...rest } = options
  const source = new MemorySource(objects)
  const portalBinder = new IptablesPortalBinder({ run: new FakeIptables().run })
  const proxier = new Proxier({ source, ...(iptables && { portalBinder }) })
  t.teardown(() => proxier.close())
  const metrics = new Metrics({ proxier, ...rest })
  t.teardown(() => metrics.close())
  await proxier.start()
  const read = async () => parseMetrics((await metrics.text()).text)
  const portOf = async (name: string) => {
    const row = (await proxier.services()).find((row) => row.name === name)
    return (row && 'listeners' in row && row.listeners[0]?.port) || 0
  }
  return { source, proxier, metrics, read, portOf }
}

t.test('every metric is told in its order, with its type, help and labels', async (t) => {
  const { metrics } = await start(t, objectsOf('web', []), { version: '1.2.3' })
  const { contentType, text } = await metrics.text()
  t.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8')
  const families = parseMetrics(text)
  t.strictSame(
    [...families].map(([name, { type, help }]) => ({ name, type, help })),
    metricDefinitions.map(({ name, type, help }) => ({ name, type, help })),
  )
  for (const { name, labels } of metricDefinitions) {
    for (const series of families.get(name)?.series ?? []) {
      const own = Object.keys(series.labels).filter(
        (label) => label !== 'le' && label !== 'quantile',
      )
      t.strictSame(own.toSorted(), [...labels].toSorted(), name)
    }
  }
  const [build] = families.get('userspace_proxy_build_info')?.series ?? []
  t.strictSame(build?.labels, { version: '1.2.3', node: process.version })
})

t.test(
  'names are those that Prometheus takes, each once, and every help is a sentence',
  async (t) => {
    t.equal(new Set(metricDefinitions.map(({ name }) => name)).size, metricDefinitions.length)
    for (const { name, help, labels } of metricDefinitions) {
      t.match(name, /^(?:kubeproxy|userspace_proxy|process|nodejs)(?:_[a-z]+)+$/)
      t.match(help, /^[A-Z].*\.$/)
      for (const label of labels) t.match(label, /^[a-z_]+$/)
    }
  },
)

t.test(
  'connections are counted by ServicePort, and endpoints only where that is wanted',
  async (t) => {
    const backend = await startNamed(t, 'pod-1')
    const objects = [...objectsOf('web', [backend.port]), ...objectsOf('dns', [], 'UDP')]
    for (const perEndpoint of [false, true]) {
      const { read, portOf } = await start(t, objects, { perEndpoint })
      t.strictSame(
        (await read()).get('userspace_proxy_connections_open')?.series,
        [],
        'none is used',
      )
      t.equal((await exchange(t, await portOf('web'))).bytes.toString(), 'pod-1')
      const client = await udpClient(t, await portOf('dns'))
      client.send('?')
      let families = await read()
      const over = 'userspace_proxy_all_connections_'
      while (sumOf(families, `${over}failed_total`) + sumOf(families, `${over}closed_total`) < 2) {
        await turn()
        families = await read()
      }
      const id = {
        namespace: 'shop',
        service: 'web',
        port: 'main',
        protocol: 'TCP',
        ip_family: 'IPv4',
      }
      t.strictSame(families.get('userspace_proxy_connections_closed_total')?.series, [
        {
          name: 'userspace_proxy_connections_closed_total',
          labels: { reason: 'ended', ...id },
          value: 1,
        },
      ])
      t.equal(sumOf(families, 'userspace_proxy_bytes_total', { direction: 'from_endpoint' }), 5)
      t.equal(sumOf(families, 'userspace_proxy_all_connections_opened_total'), 2)
      const datagrams = families.get('userspace_proxy_datagrams_total')?.series ?? []
      t.strictSame([...new Set(datagrams.map(({ labels }) => labels['service']))], ['dns'])
      t.strictSame(
        families
          .get('userspace_proxy_endpoint_connections_open')
          ?.series.map(({ labels }) => labels),
        perEndpoint ? [{ ...id, endpoint: `127.0.0.1:${backend.port}` }] : [],
      )
    }
  },
)

t.test('endpoints that are too many have no series, and are counted', async (t) => {
  const { read, portOf } = await start(t, objectsOf('web', [1, 2, 3]), {
    perEndpoint: true,
    maxEndpoints: 2,
  })
  await exchange(t, await portOf('web'))
  const families = await read()
  t.strictSame(
    families
      .get('userspace_proxy_endpoint_failed_dials_total')
      ?.series.map(({ labels }) => labels['endpoint']),
    ['127.0.0.1:1', '127.0.0.1:2'],
  )
  t.equal(sumOf(families, 'userspace_proxy_endpoints_left_out'), 1)
})

t.test('rules are counted where there are rules', async (t) => {
  const { read } = await start(t, objectsOf('web', [1]), { iptables: true })
  const families = await read()
  const labels = { ip_family: 'IPv4', table: 'nat' }
  t.ok(sumOf(families, 'kubeproxy_sync_proxy_rules_iptables_total', labels) > 2)
  const last = families.get('kubeproxy_sync_proxy_rules_iptables_last')
  t.strictSame(
    last?.series.map(({ labels }) => labels),
    [{ ip_family: 'IPv4', table: 'filter' }, labels],
  )
  const failures = 'kubeproxy_sync_proxy_rules_iptables_restore_failures_total'
  t.equal(families.get(failures)?.series.length, 2)
  const none = await start(t, objectsOf('web', [1]))
  t.strictSame((await none.read()).get(failures)?.series, [])
})

t.test('whoever asks at the same time gets a whole reading', async (t) => {
  const { proxier } = await start(t, objectsOf('web', []))
  const stats = await proxier.stats()
  let asked = 0
  const counting = Object.assign(new EventEmitter(), {
    stats: async () => {
      const count = ++asked
      if (count === 1) await turn() // and is overtaken
      const counts = { ...stats.totals.counts, opened: count, bytesFromClient: count }
      return { ...stats, totals: { ...stats.totals, counts } }
    },
  })
  const metrics = new Metrics({ proxier: counting as unknown as Proxier })
  t.teardown(() => metrics.close())
  const texts = await Promise.all([metrics.text(), metrics.text(), metrics.text()])
  t.strictSame(
    texts.map(({ text }) => {
      const families = parseMetrics(text)
      return [
        sumOf(families, 'userspace_proxy_all_connections_opened_total'),
        sumOf(families, 'userspace_proxy_all_bytes_total', { direction: 'from_client' }),
      ]
    }),
    [1, 2, 3].map((count) => [count, count]),
  )
})

t.test('changes are counted by what they are of', async (t) => {
  const { source, proxier, read } = await start(t, objectsOf('web', [1]))
  source.set(...objectsOf('api', []))
  await proxier.sync()
  const families = await read()
  t.equal(sumOf(families, 'kubeproxy_sync_proxy_rules_service_changes_total'), 2)
  t.equal(sumOf(families, 'kubeproxy_sync_proxy_rules_service_changes_pending'), 0)
  t.equal(sumOf(families, 'kubeproxy_sync_proxy_rules_endpoint_changes_total'), 1)
})

t.test('the source and the probes are told of', async (t) => {
  const source = new MemorySource([])
  const start = source.start.bind(source)
  source.start = (listener) => {
    listener.status?.({ isLive: false, detail: 'lost' })
    return start(listener)
  }
  const proxier = new Proxier({ source })
  t.teardown(() => proxier.close())
  const metrics = new Metrics({ proxier })
  t.teardown(() => metrics.close())
  const before = parseMetrics((await metrics.text()).text)
  t.strictSame(before.get('userspace_proxy_source_live')?.series, [])
  t.strictSame(before.get('kubeproxy_sync_proxy_rules_last_timestamp_seconds')?.series, [])
  await proxier.start()
  metrics.probed('livez', 200)
  const families = parseMetrics((await metrics.text()).text)
  t.strictSame(
    families.get('userspace_proxy_source_live')?.series.map(({ value }) => value),
    [0],
  )
  t.equal(sumOf(families, 'kubeproxy_proxy_livez_total', { code: '200' }), 1)
  t.equal(sumOf(families, 'kubeproxy_proxy_livez_total', { code: '503' }), 0)
})

t.test('where the system does not tell of descriptors there are no series of them', async (t) => {
  const reading = { process: { descriptors: undefined } } as Reading
  for (const name of ['process_open_fds', 'process_max_fds']) {
    const metric = metricDefinitions.find((metric) => metric.name === name)
    t.strictSame(metric?.read(reading), [])
  }
})
