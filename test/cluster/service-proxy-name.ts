// Two daemons on one machine: one for the Services that are labelled for it, the other for those without a label.
import t from 'tap'
import { met, startNamed } from '../fixtures/cluster/backends.ts'
import { openCluster, proxyNameLabel } from '../fixtures/cluster/cluster.ts'
import { type Daemon, startDaemon } from '../fixtures/cluster/daemon.ts'
import { eventually } from '../fixtures/cluster/eventually.ts'

const cluster = await openCluster(t)
if (cluster) {
  const { proxyName } = cluster
  const named = await startDaemon(t, cluster, ['--service-proxy-name', proxyName])
  const plain = await startDaemon(t, cluster)
  const backend = await startNamed(t, 'a', cluster)
  const services = async (daemon: Daemon): Promise<string[]> => [
    ...(await daemon.services()).map(({ name }) => name),
    ...(await daemon.notProxied()),
  ]

  t.test('each has its own Services', async (t) => {
    const ports = [{ port: 80 }]
    await cluster.createService('labelled', { ports })
    await cluster.createService('foreign', { ports }, { [proxyNameLabel]: 'somebody-else' })
    await cluster.createService('bare', { ports }, {})
    for (const service of ['labelled', 'foreign', 'bare'])
      await cluster.setEndpoints(service, [backend])
    const place = await named.place('labelled')
    await eventually(t, 'the labelled one', { read: () => met(place), expected: ['a'] })
    const barePlace = await plain.place('bare')
    await eventually(t, 'the bare one', { read: () => met(barePlace), expected: ['a'] })
    t.strictSame(await services(named), ['labelled'])
    t.strictSame(await services(plain), ['bare'])
  })

  t.test('a label that is added takes a Service from one to the other', async (t) => {
    await cluster.patchService('bare', { metadata: { labels: { [proxyNameLabel]: proxyName } } })
    const next = await named.place('bare')
    await eventually(t, 'the other serves it', { read: () => met(next), expected: ['a'] })
    await eventually(t, 'the one lets go of it', {
      read: () => services(plain),
      expected: [],
    })
  })

  t.test('and back, when it is removed', async (t) => {
    await cluster.patchService('labelled', { metadata: { labels: { [proxyNameLabel]: null } } })
    const next = await plain.place('labelled')
    await eventually(t, 'the one serves it', { read: () => met(next), expected: ['a'] })
    await eventually(t, 'the other lets go of it', {
      read: () => services(named),
      expected: ['bare'],
    })
  })
}
