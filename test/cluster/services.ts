// Services that come, go and become something else, and those that nobody can proxy.
import t from 'tap'
import { met, startNamed, stay, visit } from '../fixtures/cluster/backends.ts'
import { openCluster } from '../fixtures/cluster/cluster.ts'
import { type Daemon, startDaemon } from '../fixtures/cluster/daemon.ts'
import { eventually } from '../fixtures/cluster/eventually.ts'

const alias = 'ExternalName: a DNS alias, there is nothing to proxy'

async function servedNames(daemon: Daemon): Promise<string[]> {
  return (await daemon.services()).map(({ name }) => name)
}

const cluster = await openCluster(t)
if (cluster) {
  const daemon = await startDaemon(t, cluster, ['--service-proxy-name', cluster.proxyName])
  const backend = await startNamed(t, 'a', cluster)

  t.test('a Service is deleted, and made again', async (t) => {
    const create = async (): Promise<void> => {
      await cluster.createService('web', { ports: [{ port: 80 }] })
    }
    await create()
    await cluster.setEndpoints('web', [backend])
    const place = await daemon.place('web')
    await eventually(t, 'it is served', { read: () => met(place), expected: ['a'] })
    const connection = await stay(t, place)
    await cluster.deleteService('web')
    await eventually(t, 'nobody listens', { read: () => visit(place), expected: 'ECONNREFUSED' })
    t.strictSame(await daemon.services(), [])
    t.equal(await connection.say('still there?'), 'still there?', 'what there was lives on')
    await create()
    await cluster.setEndpoints('web', [])
    await cluster.setEndpoints('web', [backend])
    const again = await daemon.place('web')
    await eventually(t, 'it is served again', { read: () => met(again), expected: ['a'] })
    await cluster.deleteService('web')
  })

  t.test('a Service becomes a NodePort, an alias, and what it was', async (t) => {
    await cluster.createService('changing', { ports: [{ port: 80 }] })
    await cluster.setEndpoints('changing', [backend])
    const place = await daemon.place('changing')
    await eventually(t, 'it is served', { read: () => met(place), expected: ['a'] })
    const connection = await stay(t, place)

    await cluster.patchService('changing', { spec: { type: 'NodePort' } })
    const nodePort = await daemon.place('changing', { role: 'node-port' })
    t.strictSame(await met(nodePort), ['a'], 'also at the node port')
    t.strictSame(await met(place), ['a'], 'and where it was')

    await cluster.patchService('changing', { spec: { type: 'ClusterIP' } })
    await eventually(t, 'nobody listens at the node port', {
      read: () => visit(nodePort),
      expected: 'ECONNREFUSED',
    })
    t.strictSame(await met(place), ['a'])

    const toAlias = { type: 'ExternalName', externalName: 'example.com' }
    const none = { clusterIP: null, clusterIPs: null, ipFamilies: null, ipFamilyPolicy: null }
    await cluster.patchService('changing', { spec: { ...toAlias, ...none } })
    await eventually(t, 'nobody listens', { read: () => visit(place), expected: 'ECONNREFUSED' })
    t.strictSame(await daemon.notProxied(), [`changing: ${alias}`])

    await cluster.patchService('changing', { spec: { type: 'ClusterIP', externalName: null } })
    const again = await daemon.place('changing')
    await eventually(t, 'it is served again', { read: () => met(again), expected: ['a'] })
    t.equal(await connection.say('still there?'), 'still there?', 'what there was lives on')
    await cluster.deleteService('changing')
  })

  t.test('headless Services and aliases are not proxied', async (t) => {
    await cluster.createService('headless', { clusterIP: 'None', ports: [{ port: 80 }] })
    await cluster.setEndpoints('headless', [backend])
    await cluster.createService('alias', { type: 'ExternalName', externalName: 'example.com' })
    // Services are told in order: whoever knows of the last one has been told of the others.
    await cluster.createService('last', { ports: [{ port: 80 }] })
    await daemon.place('last')
    t.strictSame(await servedNames(daemon), ['last'])
    const others = await daemon.notProxied()
    t.equal(others[0], `alias: ${alias}`)
    // Servers that can select Services by cluster IP (1.22) do not even tell of one that has none.
    t.match(others.slice(1).join(), /^(headless: headless Service.*)?$/)
  })
}
